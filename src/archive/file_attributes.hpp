#pragma once

#include "archive/tar_entry.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

/// Owners, modes, times and extended attributes of files in layers, in both ways of keeping them: as they are, or,
/// where only one id is mapped, owned by that id with the truth in an attribute.
namespace skiff::archive {

/// Where the truth is kept when a file cannot have it: "UID:GID:0MODE:TYPE". Also understood by fuse-overlayfs and
/// Podman.
constexpr const char* override_xattr = "user.containers.override_stat";

struct Ownership
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t mode = 0; ///< 0 to 07777
    bool operator==(const Ownership&) const = default;
};

/// What override_xattr holds for a file of `type` (S_IFREG ...), and back; nothing when the text is no such value.
std::string make_override(const Ownership& ownership, mode_t type);
std::optional<Ownership> find_override(std::string_view value);

/// The permission bits that a file gets on disk when only one id is mapped: its owner must be able to do everything.
std::uint32_t single_id_mode(std::uint32_t mode, mode_t type);

/// The same in a layer that other users read, too.
std::uint32_t mode_for_others(std::uint32_t mode, mode_t type);

/// True for attributes that an archive must not set, because they steer overlays or other tools, or cannot be set
/// (R15).
bool is_refused_xattr(std::string_view name);

/// security.capability as it must be written: version 3 of the namespace's own root becomes version 2.
/// Throws on malformed ones and on those of another root (M-52).
std::string checked_capability(std::string_view value);

/// Clamped to what every file system takes: 1970 to 9999 (M-42).
struct timespec to_timespec(const EntryTime& time);

} // namespace skiff::archive
