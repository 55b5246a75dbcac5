#pragma once

#include "registry/config_places.hpp"
#include "registry/credentials.hpp"
#include "registry/registries_conf.hpp"

#include <string>
#include <vector>

/// The file that `login` writes and `logout` cleans. Other tools write it as well: what we do not know in it stays as it
/// is, and it is replaced as a whole, readable for its owner alone.
namespace skiff::registry {

struct AuthFile
{
    std::string path;
    /// Docker's config.json: knows hosts only, docker.io by its old address, and may name a key ring for everything.
    bool is_docker = false;
};

/// --authfile or --compat-auth-file (not both), else $REGISTRY_AUTH_FILE, else config.json where $DOCKER_CONFIG says, else
/// auth.json in the runtime directory, else in the configuration directory.
AuthFile choose_auth_file(const ConfigPlaces& places, const std::string& authfile, const std::string& compat_file);

/// Keeps the credentials for `key` ("host[:port][/path]"), in the file or in the helper that it or registries.conf
/// names. Returns where: the path, or "credential helper: NAME".
std::string save_credentials(const AuthFile& file, const RegistriesConf& conf, const std::string& key,
                             const Credentials& credentials);

/// False when there are none of exactly this key.
bool remove_credentials(const AuthFile& file, const RegistriesConf& conf, const std::string& key);
void remove_all_credentials(const AuthFile& file, const RegistriesConf& conf);

/// docker.io under the name that Docker's key rings know.
std::string server_for_store(const std::string& host);

} // namespace skiff::registry
