#pragma once

#include "build/cache_key.hpp"
#include "build/file_hashes.hpp"
#include "build/stage_graph.hpp"
#include "build/step.hpp"
#include "engine/build.hpp"
#include "engine/build_layers.hpp"
#include "engine/build_link.hpp"
#include "engine/build_source.hpp"

#include <memory>
#include <set>

namespace skiff::engine {

/// What is known when a stage begins.
struct BuildPlan
{
    build::GlobalArgs args;
    std::vector<build::StageNeeds> needs;
    std::size_t target = 0;
    std::set<std::string> lost_places; ///< of --cache-from, as they are shown: asked in vain
    bool records_owners = false;       ///< with a single id, of RUN; asked once, for what is cached as such is to be such
};

/// Builds one stage, in a process of its own: from its base to its last instruction, each step from the cache or anew.
class StageBuilder
{
  public:
    StageBuilder(Engine& engine, const BuildRequest& request, BuildPlan& plan, std::size_t stage, StageLink& link);
    ~StageBuilder();
    StageBuilder(const StageBuilder&) = delete;
    StageBuilder& operator=(const StageBuilder&) = delete;

    StageImage build();

  private:
    void begin_from_base();
    void begin_from_image(const std::string& name, const PullOptions& options);
    void apply_request();
    void run_instruction(const build::Instruction& instruction, std::size_t number, std::size_t count);

    // Each returns whether the step made a layer. ----------------------------------------------------------------------
    void config_step(const build::Step& step);
    void run_step(const build::Step& step, const build::RunStep& run);
    void copy_step(const build::Step& step, const build::CopyStep& copy);
    void workdir_step(const build::Step& step, const build::WorkdirStep& workdir);

    /// A key with what every step depends on.
    [[nodiscard]] build::CacheKey new_key(const build::Step& step, bool with_base = true) const;
    enum class Look
    {
        Here,
        Everywhere, ///< in the request's caches elsewhere, too
    };
    [[nodiscard]] bool reads_cache() const { return request_.read_cache && !request_.fresh_stages.contains(stage_.index); }
    /// True: the step was made before, and what it made is ours now.
    bool try_cache(const build::CacheKey& key, Look look = Look::Everywhere);
    [[nodiscard]] std::optional<store::CachedStep> find_step(const build::CacheKey& key, Look look);
    using Files = std::map<std::string, std::string>;
    void explain_miss(const build::CacheKey& key, const Files& files = {});
    /// The step has been made: `layer` is what it made, if anything.
    void step_made(const std::vector<build::CacheKey>& keys, std::optional<build::NewLayer> layer, const Files& files = {});
    void squash();
    void save_hashes();

    Engine& engine_;
    const BuildRequest& request_;
    BuildPlan& plan_;
    const build::Stage& stage_;
    StageLink& link_;
    BuildLock lock_;
    build::StageState state_;
    BuildLayers layers_;
    std::size_t base_layers_ = 0;
    std::map<std::string, std::string> annotations_;
    std::vector<StageImage::CachedLayer> steps_;
    BuildSources sources_;
    build::FileHashes hashes_;
    std::string slot_;      ///< of the step at hand
    std::string step_time_; ///< when its result was made, RFC 3339
    bool made_layer_ = false;
    bool all_cached_ = true;
};

} // namespace skiff::engine
