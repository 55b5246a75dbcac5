#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// The processes of a container that do not end with its first one.
///
/// Usually the kernel ends them all: with process 1 of their pid namespace, or with their cgroup. A container that shares
/// somebody's pid namespace (--pid=host, --pid=container:X) on a machine without a usable cgroup has neither, and a program that
/// has left its parent and session leaves no trace in process numbers. Two things do not depend on the program's good will:
///
/// - Whoever loses its parent becomes a child of the nearest subreaper of its pid namespace: with --pid=host, of the monitor.
/// - Whoever was born in the container has its mounts: the root, and the files that bear the container's id in the name of their
///   file system. This also holds in a copy of the mount namespace, and after the monitor was killed.
///
/// What a privileged container does with namespaces and mounts of its own making may get away when the monitor is killed. A bare
/// number of a namespace would be no proof: the kernel uses it again at once.
namespace skiff::monitor {

/// The orphans of this process's descendants become its children from now on.
void adopt_orphans();

/// Reaps the children that have ended and are none of `helpers`.
void bury_orphans(const std::vector<pid_t>& helpers);

/// Kills the processes of the container, again and again until none is left or `limit` is over; false when some are. With
/// `helpers` all children of this process but those are the container's; without, it has none.
bool kill_leftovers(const std::string& container_id, const std::optional<std::vector<pid_t>>& helpers,
                    std::chrono::milliseconds limit) noexcept;

/// Whether a text of /proc/PID/mountinfo is one of a container's process.
bool shows_container(const std::string& mountinfo, const std::string& container_id);

} // namespace skiff::monitor
