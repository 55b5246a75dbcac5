#pragma once

#include "base/event_loop.hpp"
#include "kernel/seccomp_listener.hpp"
#include "rootfs/rootfs.hpp"

namespace skiff::monitor {

/// Keeps what a container with a single id wants files to belong to: its changes of owners are held by the filter, noted here in the
/// attribute that layers have owners in (archive/file_attributes.hpp), and answered "done". What is no file or directory of the
/// container's own tree is answered only: mounts are somebody else's, and other types have no such attributes.
/// Source: hpc.md §2, "record".
class OwnerRecorder
{
  public:
    /// The container's own tree is the mount that is the root of `init`.
    OwnerRecorder(EventLoop& loop, UniqueFd listener, pid_t init);
    ~OwnerRecorder();
    OwnerRecorder(const OwnerRecorder&) = delete;
    OwnerRecorder& operator=(const OwnerRecorder&) = delete;

  private:
    void on_ready(std::uint32_t events);
    void record(const kernel::HeldCall& call) const;

    EventLoop& loop_;
    kernel::SeccompListener listener_;
    std::optional<std::uint64_t> mount_; ///< nothing: `init` had ended already
};

/// A build's container has this annotation when owners are to be recorded: then it starts with a recorder or not at all.
inline const std::string owners_annotation = "io.skiff.build.owners"; // NOLINT(cert-err58-cpp)

/// Whether that works here: fuse-overlayfs keeps such attributes to itself.
bool can_record_owners(rootfs::Driver driver);

} // namespace skiff::monitor
