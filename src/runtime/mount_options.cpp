#include "runtime/mount_options.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <string_view>
#include <sys/mount.h>

namespace skiff::runtime {
namespace {

struct Flag
{
    std::string_view word;
    std::uint64_t set, clear;
};

constexpr Flag flags[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"relatime", 0, MOUNT_ATTR__ATIME},
    {"atime", 0, MOUNT_ATTR__ATIME},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
};

struct Propagation
{
    std::string_view word;
    std::uint64_t type;
};

constexpr Propagation propagations[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

/// Words of other engines without a meaning here: labels and user ownership are settled before a mount comes this far.
bool is_without_effect(std::string_view word)
{
    return word == "defaults" || word == "z" || word == "Z" || word == "U" || word == "O" || word == "copy" ||
           word == "nocopy" || word == "notmpcopyup" || word == "async" || word == "silent" || word == "loud" ||
           word.empty();
}

bool read_flag(std::string_view word, MountOptions& result)
{
    for (const Flag& flag : flags)
        if (flag.word == word) {
            result.attributes = (result.attributes & ~flag.clear) | flag.set;
            return true;
        }
    for (const Propagation& propagation : propagations)
        if (propagation.word == word) {
            result.propagation = propagation.type;
            return true;
        }
    return false;
}

} // namespace

MountOptions parse_mount_options(const std::vector<std::string>& options)
{
    MountOptions result;
    for (const std::string& word : options) {
        if (word == "bind") {
            result.bind = true;
        } else if (word == "rbind") {
            result.bind = result.recursive = true;
        } else if (word == "tmpcopyup") {
            result.copy_up = true;
        } else if (!is_without_effect(word) && !read_flag(word, result)) {
            const std::size_t equals = word.find('=');
            if (equals == std::string::npos)
                result.data.emplace_back(word, "");
            else
                result.data.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        }
    }
    return result;
}

std::string clean_destination(const std::string& path)
{
    std::string clean;
    std::size_t from = 0;
    while (from <= path.size()) {
        const std::size_t end = std::min(path.find('/', from), path.size());
        const std::string component = path.substr(from, end - from);
        if (component == "..")
            throw Error{ErrorKind::Failure, cat("invalid container path ", quoted(path), ": \"..\" is not allowed")};
        if (!component.empty() && component != ".")
            clean += (clean.empty() ? "" : "/") + component;
        from = end + 1;
    }
    return clean;
}

} // namespace skiff::runtime
