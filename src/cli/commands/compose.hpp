#pragma once

#include "cli/compose/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the commands of `compose` take.
namespace skiff::cli {

struct ComposeUpArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool detach = false, build = false, no_build = false, quiet_pull = false, quiet_build = false;
    bool force_recreate = false, no_recreate = false, always_recreate_deps = false, no_deps = false, no_start = false;
    bool remove_orphans = false, renew_anonymous_volumes = false, wait = false, watch = false;
    bool abort_on_exit = false, abort_on_failure = false, no_color = false, no_log_prefix = false, timestamps = false;
    bool attach_dependencies = false;
    std::string pull, exit_code_from;
    std::vector<std::string> scale, attach, no_attach;
    std::optional<std::uint32_t> timeout_s;
    std::int64_t wait_timeout_s = 0;
};

struct ComposeDownArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool volumes = false, remove_orphans = false;
    std::string images;
    std::optional<std::uint32_t> timeout_s;
};

/// start, stop, restart, kill, pause, unpause, rm
struct ComposeLifeArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    std::optional<std::uint32_t> timeout_s;
    std::string signal = "KILL";
    bool wait = false, no_deps = false, force = false, stop = false, volumes = false, remove_orphans = false;
    std::int64_t wait_timeout_s = 0;
};

struct ComposeScaleArgs
{
    ComposeOptions compose;
    std::vector<std::string> words; ///< SERVICE=COUNT
    bool no_deps = false;
};

struct ComposeConfigArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool list_services = false, list_volumes = false, list_networks = false, list_images = false, list_profiles = false;
    bool list_variables = false, list_environment = false, quiet = false;
    bool no_interpolate = false, no_path_resolution = false, no_env_resolution = false, no_consistency = false, no_normalize = false;
    std::string format = "yaml", hash, output;
};

struct ComposeListArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool all = false, quiet = false, list_services = false, no_trunc = false, orphans = true;
    std::vector<std::string> filters, statuses;
    std::string format;
};

struct ComposeLogsArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool follow = false, timestamps = false, no_color = false, no_log_prefix = false;
    std::string tail, since, until;
    std::uint32_t index = 0;
};

/// exec, attach, cp, port, top, stats: one container of a service, or all of some.
struct ComposeReachArgs
{
    ComposeOptions compose;
    std::vector<std::string> words;
    std::uint32_t index = 0;
    bool detach = false, no_tty = false, privileged = false, interactive = true, no_stdin = false, sig_proxy = true;
    bool all = false, archive = false, no_stream = false, no_trunc = false;
    std::vector<std::string> environment;
    std::string user, working_dir, detach_keys, protocol = "tcp", format;
};

/// commit, export
struct ComposeKeepArgs
{
    ComposeOptions compose;
    std::vector<std::string> words; ///< the service, and for commit the name of the image
    std::uint32_t index = 0;
    std::optional<bool> pause; ///< unset: where the container can be paused
    std::vector<std::string> changes;
    std::string author, message, output;
};

struct ComposeVizArgs
{
    ComposeOptions compose;
    bool images = false, networks = false, ports = false, spaces = false;
    std::uint32_t indentation_size = 1;
};

struct ComposeRunArgs
{
    ComposeOptions compose;
    std::vector<std::string> words;
    std::vector<std::string> environment, environment_files, labels, volumes, publish, cap_add, cap_drop;
    std::string name, pull;
    std::optional<std::string> entrypoint, user, working_dir;
    bool remove = false, detach = false, service_ports = false, no_tty = false, interactive = true, no_deps = false;
    bool build = false, quiet = false, quiet_pull = false, quiet_build = false, use_aliases = false, remove_orphans = false;
};

struct ComposeImagesArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    std::vector<std::string> build_arguments, ssh;
    std::string policy, memory;
    bool quiet = false, include_dependencies = false, ignore_failures = false, ignore_buildable = false;
    bool no_cache = false, pull = false, push = false, print = false, check = false;
};

struct ComposeEventsArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool json = false;
    std::string since, until;
};

struct ComposeWaitArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool down = false;
};

struct ComposeWatchArgs
{
    ComposeOptions compose;
    std::vector<std::string> services;
    bool no_up = false, quiet = false;
};

struct ComposeVersionArgs
{
    ComposeOptions compose;
    bool is_short = false;
    std::string format;
};

} // namespace skiff::cli
