#pragma once

#include <cstdint>
#include <vector>

namespace skiff::archive {

struct Confinement
{
    int root = -1;           ///< becomes the root directory; all that can be written
    std::vector<int> read;   ///< directories that can be read besides
    std::uint64_t file_size; ///< bytes; the largest file that can be written
};

/// Which of the walls that a kernel may lack are there.
struct Walls
{
    bool root = false;  ///< the directory is the root of an own mount namespace
    bool paths = false; ///< Landlock
};

/// Shuts the calling process (which has one thread) into a directory, for good: own mount namespace with that root, the
/// capabilities that unpacking needs and no more, resource limits, Landlock, a list of allowed system calls. What the
/// kernel does not offer is left out. Libraries must be loaded before (R5). `root` is replaced by a descriptor inside.
Walls enter_confinement(const Confinement& confinement);

} // namespace skiff::archive
