#include "registry/config_places.hpp"

#include "base/cat.hpp"

#include <cstdlib>
#include <string_view>

namespace skiff::registry {
namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
    return value == nullptr ? std::string{} : std::string{value};
}

/// The variable's value, else `relative` below the home directory, else nothing.
std::string variable_or_home(const char* name, const std::string& home, std::string_view relative)
{
    std::string value = variable(name);
    if (value.empty() && !home.empty())
        value = cat(home, "/", relative);
    return value;
}

} // namespace

ConfigPlaces ConfigPlaces::from_environment()
{
    ConfigPlaces places;
    places.home = variable("HOME");
    places.config_home = variable_or_home("XDG_CONFIG_HOME", places.home, ".config");
    places.cache_home = variable_or_home("XDG_CACHE_HOME", places.home, ".cache");
    places.runtime_dir = variable("XDG_RUNTIME_DIR");
    places.docker_config = variable_or_home("DOCKER_CONFIG", places.home, ".docker");
    places.docker_config_is_chosen = !variable("DOCKER_CONFIG").empty();
    places.registries_conf = variable("CONTAINERS_REGISTRIES_CONF");
    if (places.registries_conf.empty())
        places.registries_conf = variable("REGISTRIES_CONFIG_PATH"); // its older name
    places.registries_conf_override = variable("CONTAINERS_REGISTRIES_CONF_OVERRIDE");
    places.policy = variable("CONTAINERS_POLICY_JSON");
    places.auth_file = variable("REGISTRY_AUTH_FILE");
    return places;
}

} // namespace skiff::registry
