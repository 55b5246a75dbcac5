#pragma once

#include "registry/config_places.hpp"
#include "registry/credentials.hpp"
#include "registry/registries_conf.hpp"
#include "registry/transport_options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::registry {

/// The files that may hold credentials, the first one that knows a registry wins: --authfile or $REGISTRY_AUTH_FILE
/// alone; else auth.json in the runtime directory and the configuration directory, then Docker's config.json and
/// .dockercfg.
std::vector<std::string> auth_file_paths(const ConfigPlaces& places, const std::string& authfile);

/// The credentials for `name` ("host[:port]/path"), if anything holds some: --creds, then the credential helpers of
/// registries.conf in their order, where "containers-auth.json" stands for the files above.
/// A file may name the host, or any leading part of the path: the longest counts.
/// Source: containers-auth.json(5).
std::optional<Credentials> find_credentials(const ConfigPlaces& places, const RegistriesConf& conf,
                                            const TransportOptions& options, std::string_view name);

/// As above for the text of one file. `path` is for messages.
std::optional<Credentials> find_credentials_in(std::string_view text, const std::string& path, std::string_view name);

} // namespace skiff::registry
