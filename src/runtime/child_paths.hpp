#pragma once

/// Paths below a hostile root, for code between clone and exec: no allocation, no exception, -1 and errno.
namespace skiff::runtime {

/// Opens `path` beneath `root` with O_PATH; links and ".." stay inside. -1 with ENOENT when it is missing (security.md
/// R1).
int open_in_root(int root, const char* path, bool use_openat2) noexcept;

/// The same, and makes what is missing: directories on the way (0755), and at the end a directory or an empty file. A
/// link that leads to nothing is followed inside the root, and its target made (images made on a systemd host have
/// /etc/resolv.conf like that). The answer is of the wanted kind, or ENOTDIR, EISDIR.
int open_or_make_in_root(int root, const char* path, bool directory, bool use_openat2) noexcept;

/// "/proc/self/fd/N" for calls that know no descriptors.
struct FdPath
{
    explicit FdPath(int fd) noexcept;
    char text[32];
};

} // namespace skiff::runtime
