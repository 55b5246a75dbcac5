#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace skiff::archive {

enum class EntryType
{
    Regular,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Directory,
    Fifo,
    Other, ///< known and without meaning for a file system: volume labels, multi-volume parts, sockets
};

/// Seconds since 1970 and nanoseconds of them.
struct EntryTime
{
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
    bool operator==(const EntryTime&) const = default;
};

/// `length` bytes of content that stand at `offset`; what lies between such pieces is a hole.
struct SparsePiece
{
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const SparsePiece&) const = default;
};

/// One member of a tar archive. Texts are bytes as they stand there: no encoding, no trust.
struct TarEntry
{
    EntryType type = EntryType::Regular;
    std::string path;
    std::string link_target; ///< HardLink, Symlink
    std::uint32_t mode = 0;  ///< permission bits with set-uid, set-gid and sticky: 0 to 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user_name; ///< never looked up (M-43)
    std::string group_name;
    EntryTime modified;
    std::uint64_t size = 0; ///< Regular: bytes of the file, holes included
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    std::vector<std::pair<std::string, std::string>> xattrs; ///< in the archive's order
    bool sparse = false;
    std::vector<SparsePiece> pieces; ///< sparse: where the content belongs, ascending
};

} // namespace skiff::archive
