#pragma once

#include "model/create_request.hpp"

#include <string>
#include <string_view>

/// --cap-add, --cap-drop, --security-opt; --log-opt.
namespace skiff::cli {

/// "net_admin", "CAP_NET_ADMIN" or "all" as "CAP_NET_ADMIN", "ALL". Errors: `"CAP_X": unknown capability`.
std::string read_capability(std::string_view text);

/// NAME=VALUE or, as of old, NAME:VALUE; see podman-run(1). Errors: `invalid --security-opt 2: "x"`.
void add_security_option(SecurityRequest& request, std::string_view text);

/// k8s-file, json-file, none, passthrough. Errors: `invalid log driver: invalid argument`.
std::string read_log_driver(std::string_view text);
/// path=, max-size=, tag=, label=K=V, driver=. Errors: `invalid log option "x"`.
void add_log_option(LogRequest& request, std::string_view text);

} // namespace skiff::cli
