#pragma once

#include "model/create_request.hpp"

#include <string_view>
#include <vector>

/// --mount, --volume and --tmpfs. Host paths become absolute here; whether they exist is looked at when the container
/// is created. Source: podman-run(1).
namespace skiff::cli {

/// type=TYPE,KEY[=VALUE],...: appends one mount (glob: one for each match).
void add_mount(std::vector<MountRequest>& mounts, std::string_view text);

/// [SOURCE-VOLUME|HOST-DIR:]CONTAINER-DIR[:OPTIONS]
MountRequest read_volume(std::string_view text);

/// CONTAINER-DIR[:OPTIONS]
MountRequest read_tmpfs(std::string_view text);

/// A container path of any of these: absolute, cleaned. Errors: `invalid container path "x", must be an absolute path`.
std::string read_container_path(std::string_view text);

} // namespace skiff::cli
