#pragma once

#include "rootfs/rootfs.hpp"

#include <string>
#include <vector>

namespace skiff::rootfs {

enum class ChangeKind : char { Modified = 'C', Added = 'A', Deleted = 'D' };

struct Change
{
    ChangeKind kind = ChangeKind::Modified;
    std::string path; ///< absolute in the container
    bool attributes = false; ///< a modified directory whose own mode or owner differs, whatever changed in it
    bool operator==(const Change&) const = default;
};

/// What a container changed in its image, sorted by path. A directory counts as modified when its own attributes differ or
/// something in it changed. Reads the disk only: it works for running and for stopped containers, in the shared user
/// namespace, without a mount.
std::vector<Change> list_changes(const RootfsRequest& request);

/// What makes the merged tree of the layers `to` differ from that of `from`, sorted by path; lowest first in both. Quick for
/// trees that share layers: what comes from the same ones is not looked into.
std::vector<Change> compare_layers(const std::vector<std::string>& from, const std::vector<std::string>& to);

} // namespace skiff::rootfs
