#pragma once

#include "base/error.hpp"
#include "build/containerfile.hpp"
#include "build/new_image.hpp"
#include "build/variables.hpp"
#include "engine/build_cache_place.hpp"
#include "engine/build_context.hpp"
#include "engine/build_export.hpp"
#include "engine/build_output.hpp"
#include "engine/engine.hpp"
#include "model/create_request.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skiff::engine {

/// --secret id=ID[,src=FILE|,env=NAME].
struct BuildSecret
{
    std::string file;     ///< absolute; empty: a variable
    std::string variable; ///< of our environment
};

/// Everything that a build needs to know. Texts are read, contexts opened: nothing of the command line is left to be looked up.
struct BuildRequest
{
    build::Containerfile file;
    BuildContext context;
    std::map<std::string, NamedContext> named_contexts;
    build::BuildArgs args;
    std::string target;
    std::string from; ///< --from: instead of the image of the first FROM
    bool all_stages = false; ///< --skip-unused-stages=false
    std::size_t jobs = 1;

    // RUN: what `run` takes, as far as it is about the world of the command; image and command are empty.
    CreateRequest run;
    std::map<std::string, BuildSecret> secrets;
    std::map<std::string, std::string> ssh_agents; ///< id -> socket, absolute
    bool pass_stdin = false;                       ///< --stdin
    bool drop_volume_changes = false;              ///< --compat-volumes: what RUN writes below a VOLUME is lost

    // Images that are needed.
    PullPolicy pull = PullPolicy::Missing;
    PullOptions pull_options;

    // The cache.
    bool read_cache = true; ///< --no-cache
    std::set<std::size_t> fresh_stages; ///< --no-cache-filter: nothing from the cache for these
    std::optional<std::chrono::nanoseconds> cache_ttl;
    bool explain = false;   ///< --why
    std::vector<CachePlace> cache_from, cache_to;

    // The result, by build_all().
    std::vector<oci::Platform> platforms; ///< none: what pull_options say
    std::string manifest;                 ///< a list that the image is added to
    std::vector<BuildExport> outputs;

    // The image.
    std::vector<std::string> names; ///< as the user wrote them
    build::ImageFormat format = build::ImageFormat::Oci;
    NamedValues env;
    std::vector<std::string> unset_env, unset_labels, unset_annotations;
    NamedValues labels, annotations;
    bool inherit_labels = true, inherit_annotations = true;
    bool omit_history = false;
    bool created_annotation = true;
    enum class Squash { No, New, All } squash = Squash::No; ///< New: --squash and --layers=false; All: the base, too
    /// --timestamp, --source-date-epoch: the time of the image in seconds since 1970. Files of new layers are not younger,
    /// with `exact_times` (--timestamp) they all are that old.
    std::optional<std::int64_t> timestamp;
    bool exact_times = false;
};

/// The command of a RUN has failed. Its code becomes ours.
class BuildCommandFailed : public Error
{
  public:
    BuildCommandFailed(Error error, int code) : Error{std::move(error)}, code_{code} {}
    [[nodiscard]] int code() const { return code_; }

  private:
    int code_;
};

/// A finished stage: what an image of it would be.
struct StageImage
{
    build::ImageDraft draft;
    std::vector<std::string> layers; ///< chain ids, lowest first
    std::size_t base_layers = 0;     ///< how many of them the base image (of the first stage in a row of FROMs) has
    std::vector<build::DeclaredArg> args; ///< in scope at its end
    /// A step that the cache has under `key`: the first so many layers.
    struct CachedLayer
    {
        std::string key;
        std::size_t layers = 0;
    };
    std::vector<CachedLayer> steps;
};

/// Builds what the target needs, stages side by side in processes of their own, and returns the target's stage. Its layers are in
/// the store, kept by the cache's records.
StageImage build_stages(Engine& engine, const BuildRequest& request, BuildOutput& output);

/// Stores `stage` as an image under the request's names. Returns its id.
std::string commit_build(Engine& engine, const BuildRequest& request, const StageImage& stage, BuildOutput& output);

/// build_stages, then commit_build.
std::string build_image(Engine& engine, const BuildRequest& request, BuildOutput& output);

} // namespace skiff::engine
