#include "archive/file_attributes.hpp"

#include "base/error.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <linux/capability.h>

namespace skiff::archive {
namespace {

constexpr std::int64_t end_of_year_9999 = 253'402'300'799;

std::string_view type_word(mode_t type)
{
    switch (type & S_IFMT) {
    case S_IFDIR:
        return "dir";
    case S_IFLNK:
        return "symlink";
    case S_IFIFO:
        return "pipe";
    case S_IFSOCK:
        return "socket";
    default:
        return "file";
    }
}

/// Takes a number and the ":" behind it off `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, int base)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{})
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() != ':')
        return std::nullopt;
    text.remove_prefix(text.empty() ? 0 : 1);
    return value;
}

std::uint32_t little_endian_32(std::string_view bytes)
{
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
    return value;
}

} // namespace

std::string make_override(const Ownership& ownership, mode_t type)
{
    std::array<char, 8> octal{};
    const auto written = std::to_chars(octal.data(), octal.data() + octal.size(), ownership.mode & 07777U, 8);
    const std::string_view mode{octal.data(), static_cast<std::size_t>(written.ptr - octal.data())};
    return cat(ownership.uid, ":", ownership.gid, ":0", mode, ":", type_word(type));
}

std::optional<Ownership> find_override(std::string_view value)
{
    const auto uid = take_number(value, 10);
    const auto gid = uid ? take_number(value, 10) : std::nullopt;
    const auto mode = gid ? take_number(value, 8) : std::nullopt; // the type behind it is optional
    if (!mode || *mode > 07777)
        return std::nullopt;
    return Ownership{*uid, *gid, *mode};
}

std::uint32_t single_id_mode(std::uint32_t mode, mode_t type)
{
    if (S_ISDIR(type))
        return (mode & 07777U) | 0700U;
    // Without other ids, set-uid and set-gid do nothing inside; outside they would lend the user's own id.
    return (mode & 01777U) | 0600U;
}

std::uint32_t mode_for_others(std::uint32_t mode, mode_t type)
{
    const std::uint32_t own = single_id_mode(mode, type);
    return own | 0444U | (S_ISDIR(type) || (own & 0111U) != 0 ? 0111U : 0U);
}

bool is_refused_xattr(std::string_view name)
{
    if (name.starts_with("security."))
        return name != "security.capability";
    return name.starts_with("trusted.") || name.starts_with("user.overlay.") ||
           name.starts_with("user.fuseoverlayfs.") || name.starts_with("user.containers.") ||
           name == "user.rootlesscontainers" || name.find('\0') != std::string_view::npos;
}

std::string checked_capability(std::string_view value)
{
    // struct vfs_cap_data: magic and flags, then two sets of two words; version 3 adds the uid of the namespace's root.
    constexpr std::size_t size_2 = XATTR_CAPS_SZ_2;
    constexpr std::size_t size_3 = XATTR_CAPS_SZ_3;
    const std::uint32_t magic = value.size() >= 4 ? little_endian_32(value) : 0;
    const std::uint32_t revision = magic & VFS_CAP_REVISION_MASK;
    if ((magic & ~(VFS_CAP_REVISION_MASK | VFS_CAP_FLAGS_EFFECTIVE)) != 0)
        throw Error{ErrorKind::Failure, "malformed security.capability"};
    if (revision == VFS_CAP_REVISION_2 && value.size() == size_2)
        return std::string{value};
    if (revision == VFS_CAP_REVISION_3 && value.size() == size_3) {
        if (little_endian_32(value.substr(size_2)) != 0)
            throw Error{ErrorKind::Failure, "security.capability of another user namespace"};
        std::string plain{value.substr(0, size_2)};
        plain[3] = static_cast<char>(VFS_CAP_REVISION_2 >> 24U);
        return plain;
    }
    throw Error{ErrorKind::Failure, "malformed security.capability"};
}

struct timespec to_timespec(const EntryTime& time)
{
    if (time.seconds < 0)
        return {};
    if (time.seconds > end_of_year_9999)
        return {end_of_year_9999, 0};
    return {time.seconds, static_cast<long>(time.nanoseconds)};
}

} // namespace skiff::archive
