#pragma once

#include "archive/file_attributes.hpp"
#include "engine/engine.hpp"
#include "monitor/mount_sources.hpp"
#include "rootfs/rootfs.hpp"
#include "store/containers.hpp"

#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace skiff::engine {

/// Where a path of a container leads to.
struct ContainerPlace
{
    int root = -1;    ///< borrowed from ContainerFiles: the root file system, or what is mounted on a part of it
    std::string path; ///< below `root`, without links; empty: `root` itself
    std::string name; ///< the same place as the container calls it: absolute, without links
    std::optional<struct stat> status; ///< nothing: it does not exist (a link may have led here)
};

/// The files of a container as its processes see them, for reading and writing from outside (security.md R24, R47).
///
/// A running container's are what its init has as root. Those of another one are mounted for the life of this object, and
/// it cannot be started or removed meanwhile; its volumes and binds are followed by name, without mounting them, as that
/// would leave mount points behind.
class ContainerFiles
{
  public:
    /// Inside the shared user namespace.
    ContainerFiles(Engine& engine, const std::string& id);

    [[nodiscard]] const ContainerConfig& config() const { return config_; }
    [[nodiscard]] bool is_running() const { return running_; }
    [[nodiscard]] int root() const { return root_.get(); }
    /// Follows links as a process of the container would; relative paths begin in its working directory. Throws on loops.
    [[nodiscard]] ContainerPlace find(const std::string& path) const;
    /// O_PATH; the place must exist.
    [[nodiscard]] UniqueFd open(const ContainerPlace& place) const;

    /// The root file system alone, without what is mounted on its parts.
    [[nodiscard]] UniqueFd open_root_alone(Engine& engine) const;
    /// Owners as files on disk have them, and as the container sees them.
    [[nodiscard]] archive::Ownership inside(const archive::Ownership& owner) const;
    [[nodiscard]] archive::Ownership outside(const archive::Ownership& owner) const; ///< throws for ids that it does not have
    /// What --user names; ids as the container sees them.
    [[nodiscard]] archive::Ownership user() const;

  private:
    struct MountedPart
    {
        std::vector<std::string> target;
        UniqueFd root;
    };
    void open_stopped(Engine& engine);
    [[nodiscard]] ContainerPlace look(const std::vector<std::string>& components) const;

    ContainerConfig config_;
    bool single_id_ = false;
    bool running_ = false;
    std::optional<FileLock> lock_; ///< of one that does not run
    std::optional<rootfs::Rootfs> tree_;
    monitor::MountSources sources_;
    std::vector<MountedPart> parts_; ///< of one that does not run
    UniqueFd root_;
};

/// What the init of a running container has as root; nothing when there is none (any more).
std::optional<UniqueFd> find_running_root(const store::ContainerRecord& record);

/// A detached clone of a running container's root file system, as its monitor has mounted it: without what is mounted on
/// its parts.
UniqueFd open_running_tree(Engine& engine, const std::string& id);

} // namespace skiff::engine
