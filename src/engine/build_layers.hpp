#pragma once

#include "build/new_layer.hpp"
#include "engine/engine.hpp"
#include "store/build_cache.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// A lock with a name of its own in RUN/locks, for as long as a builder lives: what carries its name is nobody's afterwards.
class BuildLock
{
  public:
    explicit BuildLock(Engine& engine);
    ~BuildLock();
    BuildLock(const BuildLock&) = delete;
    BuildLock& operator=(const BuildLock&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    Engine& engine_;
    std::string name_;
    FileLock lock_;
};

/// Removes the containers of builders that have died. All of them when `thorough`; else those of this boot, which costs nothing when
/// there are none.
void sweep_builds(Engine& engine, bool thorough);

/// The layers of a stage, lowest first, held in the store while this lives.
class BuildLayers
{
  public:
    [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }
    [[nodiscard]] const std::vector<oci::Descriptor>& descriptors() const { return descriptors_; }
    [[nodiscard]] const std::vector<oci::Digest>& diff_ids() const { return diff_ids_; }
    /// The chain id of the uppermost; empty when there are none.
    [[nodiscard]] std::string top() const { return ids_.empty() ? "" : ids_.back(); }

    /// All of an image or a stage. Throws when one has been removed meanwhile.
    void add(const store::Store& store, const std::vector<std::string>& ids, const std::vector<oci::Descriptor>& descriptors,
             const std::vector<oci::Digest>& diff_ids);
    void add(build::NewLayer layer);
    /// False when it is not in the store any more, or does not lie on what there is.
    bool try_add(const store::Store& store, const store::CachedStep& step);
    void clear();

  private:
    std::vector<store::LayerClaim> claims_;
    std::vector<std::string> ids_;
    std::vector<oci::Descriptor> descriptors_;
    std::vector<oci::Digest> diff_ids_;
};

} // namespace skiff::engine
