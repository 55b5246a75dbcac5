#pragma once

#include "frontends/compose/project.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::compose {

/// One container that is to be made of a service.
struct Instance
{
    unsigned number = 1;
    std::string name;               ///< of the container
    std::string image_id;           ///< hex; empty: not known yet
    std::map<std::string, std::string> kept_volumes; ///< target -> name of an anonymous volume of the container it replaces
};

/// What `run` changes of a service.
struct OneOff
{
    std::string slug;                ///< random hex of the name
    std::optional<std::vector<std::string>> command;
    std::optional<std::string> entrypoint, user, working_dir;
    std::vector<std::string> environment, labels, volumes, publish, cap_add, cap_drop;
    bool service_ports = false, use_aliases = false, auto_remove = false;
    bool tty = false, interactive = false;
};

/// A service in the words of `skiff create` (without the program's name): each key has one meaning, that of the option. What has no
/// option is refused by name. Pure.
std::vector<std::string> make_create_words(const Project& project, const Service& service, const Instance& instance,
                                           const OneOff* one_off = nullptr);

/// A network or volume in the words of `network create` and `volume create`.
std::vector<std::string> make_network_words(const Project& project, const Resource& network);
std::vector<std::string> make_volume_words(const Project& project, const Resource& volume);

/// Directories that bind mounts may ask to be made.
std::vector<std::string> missing_bind_sources(const Service& service);

/// The labels that tell what belongs to a project.
namespace labels {
constexpr const char* project = "com.docker.compose.project";
constexpr const char* service = "com.docker.compose.service";
constexpr const char* number = "com.docker.compose.container-number";
constexpr const char* one_off = "com.docker.compose.oneoff";
constexpr const char* hash = "com.docker.compose.config-hash";
constexpr const char* image = "com.docker.compose.image";
constexpr const char* depends_on = "com.docker.compose.depends_on";
constexpr const char* directory = "com.docker.compose.project.working_dir";
constexpr const char* files = "com.docker.compose.project.config_files";
constexpr const char* environment_file = "com.docker.compose.project.environment_file";
constexpr const char* version = "com.docker.compose.version";
constexpr const char* replace = "com.docker.compose.replace";
constexpr const char* slug = "com.docker.compose.slug";
constexpr const char* network = "com.docker.compose.network";
constexpr const char* volume = "com.docker.compose.volume";
/// Of ours: the hashes of single keys, so that a plan can tell what changed.
constexpr const char* keys = "io.skiff.compose.keys";
} // namespace labels

/// The version of Compose whose behaviour this is.
constexpr const char* compose_version = "2.40.0";

} // namespace skiff::compose
