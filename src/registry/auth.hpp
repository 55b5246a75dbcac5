#pragma once

#include "registry/config_places.hpp"
#include "registry/credentials.hpp"
#include "registry/registries_conf.hpp"
#include "registry/transport_options.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::registry {

constexpr std::size_t most_auth_file_bytes = 4U << 20U;

/// The files that may hold credentials, the first one that knows a registry wins: --authfile, $REGISTRY_AUTH_FILE or
/// config.json in $DOCKER_CONFIG alone; else auth.json in the runtime directory and the configuration directory, then Docker's config.json and
/// .dockercfg.
std::vector<std::string> auth_file_paths(const ConfigPlaces& places, const std::string& authfile);

/// The credentials for `name` ("host[:port]/path"), if anything holds some: --creds, then the credential helpers of
/// registries.conf in their order, where "containers-auth.json" stands for the files above.
/// A file may name the host, or any leading part of the path: the longest counts.
/// Source: containers-auth.json(5).
std::optional<Credentials> find_credentials(const ConfigPlaces& places, const RegistriesConf& conf,
                                            const TransportOptions& options, std::string_view name);

/// Throws "credential file is not accessible: ..." when a file was named and is not there.
void check_auth_file(const std::string& path);

/// Parses a document that holds secrets: no complaint repeats anything of it (security.md R38).
nlohmann::json parse_secret_document(std::string_view text);

/// As above for the text of one file. `path` is for messages.
std::optional<Credentials> find_credentials_in(std::string_view text, const std::string& path, std::string_view name);

} // namespace skiff::registry
