#pragma once

#include "model/id_map.hpp"
#include "rootfs/layer_stack.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace skiff::rootfs {

/// How files are copied.
struct CopyPolicy
{
    IdMap shift;                      ///< owners are moved by it (id_shift.hpp); empty: kept
    bool keep_overlay_marks = false;  ///< opaque marks: yes for a layer's twin, no for a merged tree
    /// Files become empty shells of the right size that redirect to the same path in the data-only layers of an overlay
    /// (Linux 6.16).
    bool redirect_data = false;
    bool foreign = false; ///< copy_raw: the source is another user's layer (copy_merged knows it of each)
};

/// Copies entries into a tree of ours, one by one, with owners, modes, times, xattrs and hard links. Sharing of extents is
/// used where the file system can (btrfs, xfs).
class TreeCopy
{
  public:
    TreeCopy(int target_root, CopyPolicy policy) : root_{target_root}, policy_{std::move(policy)} {}

    /// Copies what is no directory. `path` is its path from the target's root, `target_dir` the directory there.
    /// Devices that we may not make are left out.
    void copy_entry(int source_dir, const std::string& name, const struct stat& status, int target_dir, const std::string& path);
    /// Owner, mode, times and xattrs of a directory; after its content, which changes the times.
    void finish_directory(int source, const struct stat& status, int target);
    /// What an overlay of layers would show, without any whiteouts.
    void copy_merged(const StackDirectory& source, int target, const std::string& path = "", int depth = 0);
    /// A whole tree as it is on disk, whiteouts included.
    void copy_raw(int source, int target, const std::string& path = "", int depth = 0);

  private:
    void copy_regular(int source_dir, const std::string& name, const struct stat& status, int target_dir, const std::string& path);
    void copy_special(int source_dir, const std::string& name, const struct stat& status, int target_dir);
    void copy_attributes(int source, int target) const;
    bool link_to_earlier(const struct stat& status, int target_dir, const std::string& name, const std::string& path);

    int root_;
    CopyPolicy policy_;
    bool corrected_ = false; ///< the owner of what is copied now comes from the attribute that says it
    std::map<std::pair<dev_t, ino_t>, std::string> first_names_; ///< of inodes with several names: the path of the first
};

} // namespace skiff::rootfs
