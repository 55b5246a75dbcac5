#include "frontends/compose/world.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/variables.hpp"

#include <array>
#include <climits>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::compose {
namespace {

bool is_here(const std::string& path)
{
    struct stat here{};
    struct stat there{};
    return ::stat(".", &here) == 0 && ::stat(path.c_str(), &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/// Empty when it was removed. The shell's $PWD is what the user sees: a project is named after the link that led here, not after
/// the directory behind it.
std::string find_working_directory(const std::string& pwd)
{
    if (pwd.starts_with('/') && resolve_path(pwd, "", "") == pwd && is_here(pwd))
        return pwd;
    std::array<char, PATH_MAX> path{};
    if (::getcwd(path.data(), path.size()) != nullptr)
        return path.data();
    if (errno == ENOENT)
        return {};
    throw Error{errno, "looking up the working directory"};
}

} // namespace

ThisWorld::ThisWorld()
{
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text{*variable};
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos)
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    directory = find_working_directory(find_variable(environment, "PWD"));
}

std::optional<std::string> ThisWorld::find_file(const std::string& path) const
{
    if (path == "-")
        return read_all(STDIN_FILENO, 16U << 20U, "standard input");
    return skiff::find_file(AT_FDCWD, path);
}

std::optional<std::string> ThisWorld::find_small_file(const std::string& path, std::size_t limit) const
{
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) >= limit ||
        ::access(path.c_str(), R_OK) != 0)
        return std::nullopt;
    return skiff::find_file(AT_FDCWD, path, limit - 1);
}

std::string ThisWorld::stranger_of(const std::string& path) const
{
    for (const int flag : {AT_SYMLINK_NOFOLLOW, 0}) {
        struct stat status{};
        if (::fstatat(AT_FDCWD, path.c_str(), &status, flag) != 0 || status.st_uid == ::geteuid() || status.st_uid == 0)
            continue;
        const passwd* entry = ::getpwuid(status.st_uid); // NOLINT(concurrency-mt-unsafe): before any thread
        return entry != nullptr ? entry->pw_name : cat("user ", status.st_uid);
    }
    return {};
}

bool ThisWorld::exists(const std::string& path) const { return ::access(path.c_str(), F_OK) == 0; }

} // namespace skiff::compose
