#pragma once

#include "engine/engine.hpp"
#include "rootfs/changes.hpp"
#include "rootfs/rootfs.hpp"
#include "store/staging.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// Layers as a mounted tree, for the steps of a build that need no process in it, and as a source of files. It lies in a staging
/// directory, which goes with it (or, when we are killed, with the next command).
class BuildTree
{
  public:
    enum class Access { ReadOnly, Writable };

    /// `layers` are chain ids, lowest first; none: an empty tree. `lock` is a lock of the store's that this process holds. Enters
    /// the user namespace.
    BuildTree(Engine& engine, const std::string& lock, const std::vector<std::string>& layers, Access access);
    ~BuildTree();
    BuildTree(const BuildTree&) = delete;
    BuildTree& operator=(const BuildTree&) = delete;

    [[nodiscard]] int root() const { return root_->fd(); } ///< O_PATH
    [[nodiscard]] const std::string& path() const { return root_->path(); }
    /// For list_changes and what makes a layer of them, after unmount().
    [[nodiscard]] const rootfs::RootfsRequest& request() const { return request_; }
    void unmount();

  private:
    store::Staging staging_;
    rootfs::RootfsRequest request_;
    std::optional<rootfs::Rootfs> root_;
};

} // namespace skiff::engine
