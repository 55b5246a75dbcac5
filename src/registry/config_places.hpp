#pragma once

#include <string>

namespace skiff::registry {

/// Where the files lie that all container tools of a user share. A value, so that tests can have their own.
struct ConfigPlaces
{
    std::string home;          ///< $HOME; empty when there is none
    std::string config_home;   ///< $XDG_CONFIG_HOME or ~/.config
    std::string cache_home;    ///< $XDG_CACHE_HOME or ~/.cache
    std::string runtime_dir;   ///< $XDG_RUNTIME_DIR
    std::string docker_config; ///< $DOCKER_CONFIG or ~/.docker
    bool docker_config_is_chosen = false; ///< $DOCKER_CONFIG is set
    std::string etc = "/etc";
    std::string share = "/usr/share";
    std::string registries_conf;          ///< $CONTAINERS_REGISTRIES_CONF: this file alone
    std::string registries_conf_override; ///< $CONTAINERS_REGISTRIES_CONF_OVERRIDE: this file on top of all others
    std::string policy;                   ///< $CONTAINERS_POLICY_JSON: this file alone
    std::string auth_file;                ///< $REGISTRY_AUTH_FILE: this file alone

    static ConfigPlaces from_environment();
};

} // namespace skiff::registry
