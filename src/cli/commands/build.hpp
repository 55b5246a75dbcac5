#pragma once

#include "cli/command.hpp"
#include "cli/values_limits.hpp"
#include "engine/build.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct BuildArgs
{
    std::vector<std::string> words; ///< the context, or nothing
    std::vector<std::string> files;
    std::optional<build::NamedText> standard_input; ///< what --file=- stands for, where a caller has it already
    std::vector<std::string> tags;
    std::string target, from;
    std::vector<std::string> build_args, build_arg_files, build_contexts;
    std::vector<std::string> secrets, ssh;
    std::vector<std::string> platforms, cache_from, cache_to, fresh_stages;
    std::vector<engine::BuildExport> outputs;
    std::string manifest;
    NamedValues env;
    std::vector<std::string> labels, annotations;
    std::vector<std::string> unset_env, unset_labels, unset_annotations;
    std::string format;
    std::string ignore_file;
    std::string id_file, raw_id_file, metadata_file, log_file;
    std::string progress = "auto";
    std::string call = "build";
    PullPolicy pull = PullPolicy::Missing;
    PullOptions pull_options;
    CreateRequest run;
    UlimitRequest ulimits;
    std::optional<std::int64_t> timestamp;
    std::string source_date_epoch;
    std::optional<std::uint32_t> jobs;
    std::optional<std::chrono::nanoseconds> cache_ttl;
    std::optional<bool> layers;
    bool no_cache = false, squash = false, squash_all = false;
    bool skip_unused_stages = true, inherit_labels = true, inherit_annotations = true, created_annotation = true;
    bool omit_history = false, compat_volumes = false, stdin = false, quiet = false, check = false, why = false, push = false;
    bool http_proxy = true;
    bool pull_always = false, pull_never = false;
};

extern const OptionGroup build_options;      ///< of BuildArgs
extern const OptionGroup build_run_options;  ///< of BuildArgs
extern const OptionGroup build_base_options; ///< of PullOptions

/// Reads the Containerfiles, opens the context, and puts together what the engine needs. Throws with Podman's words.
engine::BuildRequest make_build_request(engine::Engine& engine, const BuildArgs& args);

/// `build` with these words taken apart.
int build_image(const Invocation& invocation, BuildArgs& args);

/// Prints what lint finds: of a build the warnings, with `all` the advice, too. Returns how many there are.
std::size_t print_findings(engine::Engine& engine, const engine::BuildRequest& request, bool all);

/// --call=targets: the stages of the file, and what each begins from.
void print_targets(const engine::BuildRequest& request);
/// --call=outline: what a build of the target can be given: arguments, secrets, agents.
void print_outline(const engine::BuildRequest& request);

} // namespace skiff::cli
