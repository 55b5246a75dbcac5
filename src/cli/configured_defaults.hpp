#pragma once

#include "engine/settings.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

/// Adds what containers.conf wants of every container and writes as the command line does, except where the request has
/// something of its own: `mounts`, `volumes` and `devices` of [containers], `pull_policy`, `retry` and `retry_delay` of
/// [engine], `default_host_ips` of [network]. Throws `parsing containers.conf mounts: ...`.
void add_configured_defaults(const engine::Settings& settings, CreateRequest& request);
void add_configured_retries(const engine::Settings& settings, PullOptions& options);

} // namespace skiff::cli
