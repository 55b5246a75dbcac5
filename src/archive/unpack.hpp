#pragma once

#include "archive/tar_reader.hpp"
#include "archive/tar_split.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::archive {

struct UnpackOptions
{
    bool single_id = false;                ///< only one id is mapped: no chown, the truth goes to override_xattr
    bool for_others = false; ///< with single_id: everybody may read it, and each file says its owner and mode in override_xattr
    bool squash_ids = false;               ///< ids outside of the mapping become 0 (else they are an error)
    bool plain_tree = false;               ///< whiteouts mean nothing: `.wh.x` is a name as any other (import, cp, ADD)
    std::uint64_t max_bytes = 1ULL << 40U; ///< of all files together, holes included
    std::uint32_t links_per_file = 65'000; ///< ext4's own limit (M-21)
    /// The layers below, topmost first, for hard links into them; borrowed. Their absence is an error only when one is
    /// needed.
    std::vector<int> lower_dirs;
    bool has_lower = false; ///< lower_dirs is all there is; else the need for one is NeedsLower
};

/// A hard link names a file of a lower layer, and the lower layers were not given: unpack again when they are there.
class NeedsLower : public Error
{
  public:
    using Error::Error;
};

struct UnpackSummary
{
    std::uint64_t entries = 0;
    std::uint64_t files = 0;          ///< things made: files, directories, links ...
    std::uint64_t unpacked_bytes = 0; ///< content of regular files
    std::vector<std::string> warnings;
};

/// Applies a layer to the directory `root`, entry by entry in the archive's order (security.md R41 to R43), and keeps
/// what `tar_split` (may be null) needs to make the stream again. `reader` must have been made with `tar_split` as its
/// raw bytes.
///
/// Nothing is followed out of `root`, but whoever else can write below it while this runs could lead it astray in time;
/// staging directories have no such neighbours. The process's umask is 0 while it runs. Throws with the entry's name.
UnpackSummary unpack(TarReader& reader, int root, TarSplitWriter* tar_split, const UnpackOptions& options);

} // namespace skiff::archive
