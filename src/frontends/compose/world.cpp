#include "frontends/compose/world.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <array>
#include <climits>
#include <unistd.h>

namespace skiff::compose {

ThisWorld::ThisWorld()
{
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text{*variable};
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos)
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    std::array<char, PATH_MAX> path{};
    if (::getcwd(path.data(), path.size()) == nullptr)
        throw Error{errno, "looking up the working directory"};
    directory = path.data();
}

std::optional<std::string> ThisWorld::find_file(const std::string& path) const
{
    if (path == "-")
        return read_all(STDIN_FILENO, 16U << 20U, "standard input");
    return skiff::find_file(AT_FDCWD, path);
}

bool ThisWorld::exists(const std::string& path) const { return ::access(path.c_str(), F_OK) == 0; }

} // namespace skiff::compose
