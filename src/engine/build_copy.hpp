#pragma once

#include "build/cache_key.hpp"
#include "build/copy_files.hpp"
#include "build/file_hashes.hpp"
#include "build/step.hpp"
#include "engine/build_remote.hpp"
#include "engine/build_source.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// One COPY or ADD of a stage: first what it depends on, then, when the cache does not have it, the copying.
class CopyWork
{
  public:
    CopyWork(Engine& engine, const BuildRequest& request, BuildSources& sources, const std::string& lock, const BuildLayers& layers,
             StageLink& link, build::FileHashes& hashes);

    /// What costs little to know: files of a context by their hashes, a stage or an image by its layers.
    void add_inputs(build::CacheKey& key, const build::CopyStep& copy);
    /// Whether the files of a stage or image could be looked at, too.
    [[nodiscard]] bool has_deeper_inputs() const { return source_ != nullptr && !source_->is_directory(); }
    void add_deeper_inputs(build::CacheKey& key, const build::CopyStep& copy);

    build::NewLayer copy(const build::CopyStep& copy);
    /// What add_inputs saw of a directory; empty when there is too much to remember.
    [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  private:
    void add_plain_inputs(build::CacheKey& key, const build::CopyStep& copy) const;
    const std::vector<build::SelectedSource>& selected(const build::CopyStep& copy);
    [[nodiscard]] build::SourceSelection selection_of(const build::CopyStep& copy) const;
    build::CopyTarget target_of(const build::CopyStep& copy, int root);
    void copy_sources(const build::CopyStep& copy, const build::CopyTarget& target);

    Engine& engine_;
    const BuildRequest& request_;
    BuildSources& sources_;
    const std::string& lock_;
    const BuildLayers& layers_;
    StageLink& link_;
    build::FileHashes& hashes_;
    std::optional<RemoteSources> remote_;
    BuildSource* source_ = nullptr; ///< of the sources that are paths; nullptr: there are none
    std::optional<std::vector<build::SelectedSource>> selected_;
    std::map<std::string, std::string> files_;
};

/// "user[:group]" of --chown in the tree `root`. Throws "unable to find user X ...".
build::CopyOwner find_copy_owner(const std::string& text, int root);

/// Makes the directory of WORKDIR; nothing when it is there already.
std::optional<build::NewLayer> make_working_directory(Engine& engine, const BuildRequest& request, const std::string& lock,
                                                      const BuildLayers& layers, const build::WorkdirStep& workdir);

/// What lies in `layers` above `base` as one layer on `base`.
build::NewLayer squash_layers(Engine& engine, const BuildRequest& request, const std::string& lock, const BuildLayers& base,
                              const BuildLayers& layers);

/// Whom what a step has made at `path` and below it belongs to.
struct OwnerOfNew
{
    std::string path; ///< absolute
    build::CopyOwner owner;
};

/// A layer on `parent` from what was changed in `tree` (not mounted any more). With the request's timestamp in its files.
build::NewLayer make_step_layer(Engine& engine, const BuildRequest& request, const std::string& parent, const rootfs::RootfsRequest& tree,
                                const std::vector<rootfs::Change>& changes, const std::optional<OwnerOfNew>& owner = std::nullopt);

} // namespace skiff::engine
