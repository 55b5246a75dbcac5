#pragma once

#include "rootfs/rootfs.hpp"

/// The kernel's overlay file system in a user namespace.
namespace skiff::rootfs {

Rootfs mount_overlay(const RootfsRequest& request);

/// What to mount: lists are topmost first. Also for the driver probe.
struct OverlayPlan
{
    std::vector<std::string> lowers;
    std::vector<std::string> data_only; ///< reached by redirects only (Linux 6.16)
    std::string upper, work;            ///< empty: read-only
    std::string target;
    bool volatile_writes = false;
};

/// The options as one text; "" when it would not fit mount(2)'s page or a path contains a separator.
std::string make_overlay_options(const OverlayPlan& plan);

/// 0, or the errno of the mount.
int try_mount_overlay(const OverlayPlan& plan);

/// True where redirects into data-only layers work for users; `scratch_dir` must be on the file system in question.
bool supports_redirecting_twins(const std::string& scratch_dir);

} // namespace skiff::rootfs
