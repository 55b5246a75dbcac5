#include "base/configuration.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <cerrno>

namespace skiff {
namespace {

constexpr std::size_t longest = 4U << 20U;

/// What `look` returns; nothing where it is refused.
template <typename Look>
auto unless_refused(Look&& look) -> decltype(look())
{
    try {
        return look();
    } catch (const Error& error) {
        if (error.errno_value() == EACCES)
            return {};
        throw;
    }
}

} // namespace

std::optional<std::string> find_configuration(const std::string& path)
{
    return unless_refused([&] { return find_file(AT_FDCWD, path, longest); });
}

std::vector<std::string> list_drop_ins(const std::string& directory, std::string_view ending)
{
    const auto opened = unless_refused([&] { return find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY); });
    std::vector<std::string> paths;
    if (!opened)
        return paths;
    for (const DirectoryEntry& entry : list_directory(opened->get()))
        if (entry.name.ends_with(ending))
            paths.push_back(directory + "/" + entry.name);
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace skiff
