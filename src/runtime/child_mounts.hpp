#pragma once

#include "runtime/child_plan.hpp"

/// Mounts by descriptors, for code between clone and exec. New mount API first; where it is missing (an old kernel, an
/// outer seccomp filter) the same by mount(2) on /proc/self/fd/N. -1 and errno.
namespace skiff::runtime {

/// Attaches `tree` on `name` in `dir`, or on `dir` itself when `name` is "". Links in `name` are not followed.
int attach_tree(const TreeSource& tree, int dir, const char* name) noexcept;

/// Mounts the step's file system or tree on `target`, beneath the root; returns a descriptor of the new mount's root.
int mount_step(const InitPlan& plan, const MountStep& step, int target) noexcept;

/// The two halves of it, with the new mount API only: the step's file system, detached, and its attaching.
int make_detached(const MountStep& step) noexcept;
int attach_detached(int mounted, int target) noexcept;

/// Shows one mount in several places: the first use attaches it, the others attach clones.
class Stamp
{
  public:
    Stamp() = default;
    explicit Stamp(TreeSource tree) noexcept : tree_{tree} {}
    [[nodiscard]] bool exists() const noexcept { return tree_.fd >= 0 || tree_.path != nullptr; }
    int apply(int target) noexcept;

  private:
    TreeSource tree_;
    bool attached_ = false;
};

/// Covers the directory `target` with a read-only, empty tmpfs; all of them show the same one, kept in `empty`.
int hide_directory(const InitPlan& plan, Stamp& empty, int target) noexcept;
/// Puts a read-only clone of what is at `target` (with all below it) over it.
int make_read_only(const InitPlan& plan, int target) noexcept;
/// The flags of one mount (MOUNT_ATTR_RDONLY ...) and its propagation.
int set_root_attributes(const InitPlan& plan, int root) noexcept;

} // namespace skiff::runtime
