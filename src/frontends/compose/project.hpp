#pragma once

#include "frontends/compose/load.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::compose {

enum class Condition
{
    Started,
    Healthy,
    Completed ///< ended with code 0
};
std::string_view to_string(Condition condition); ///< "service_started" ...

struct Dependency
{
    std::string service;
    Condition condition = Condition::Started;
    bool restart = false;
    bool required = true;
};

struct Service
{
    std::string name;
    Node node;         ///< canonical and normalised: environment resolved but for files (read_env_files), defaults written out
    std::string image; ///< as containers are made of it: `image`, or PROJECT-SERVICE for what is built
    bool has_build = false;
    std::string container_name; ///< empty: PROJECT-SERVICE-N
    char separator = '-';       ///< of the parts of names: "_" with --compatibility
    std::vector<std::string> profiles;
    std::vector<Dependency> depends_on; ///< and what follows from links, volumes_from, network_mode: service:X ...
    unsigned scale = 1;
    std::string pull_policy; ///< empty: missing
    bool attach = true;
    std::vector<std::string> networks; ///< keys, by priority
    std::string hash;                  ///< of all that makes a container what it is; empty while files of it are not read
    std::map<std::string, std::string> key_hashes; ///< per key, to tell what changed

    [[nodiscard]] std::string container_name_of(const std::string& project, unsigned number) const;
};

/// A network, volume, secret or config of the top level.
struct Resource
{
    std::string key;
    std::string name; ///< the real one
    bool external = false;
    Node node;
    std::string hash;
    std::optional<std::string> content; ///< of a secret or config: what containers get copies of, if that is possible
    std::string missing;                ///< why there is nothing that a container could get
};

struct Project
{
    std::string name;
    std::string directory;
    std::vector<std::string> files, env_files;
    std::vector<Service> services; ///< enabled ones, by name
    std::map<std::string, std::vector<std::string>> disabled; ///< the others, with their profiles
    std::vector<Resource> networks, volumes, secrets, configs;
    std::map<std::string, std::string> variables;
    Node model; ///< the whole document, normalised: what `config` shows
    std::vector<std::string> warnings;
    ByteBudget budget; ///< see Document::budget

    [[nodiscard]] const Service* find_service(const std::string& service) const;
    /// Throws `no such service: X`, with the profile that it needs or the nearest name.
    [[nodiscard]] const Service& service(const std::string& service) const;
    [[nodiscard]] const Resource* find_network(const std::string& key) const;
    [[nodiscard]] const Resource* find_volume(const std::string& key) const;
    /// The named services with all that they depend on, or all; dependencies first.
    [[nodiscard]] std::vector<const Service*> in_order(const std::vector<std::string>& names, bool with_dependencies) const;
};

struct ProjectRequest
{
    std::vector<std::string> profiles; ///< active ones; "*" is all
    std::vector<std::string> named;    ///< services of the command line: their own profiles are active
    bool resolve_environment = true;
    bool compatibility = false; ///< names of containers and built images with "_", as the first Compose made them
    bool all_resources = false; ///< keep networks, volumes ... that no service uses
    bool check = true;
    bool normalise = true; ///< without, `model` has no more than the files say
};

/// Applies profiles, writes defaults out, resolves the environment and checks that all fits together. Throws Error with the texts of
/// Compose, with the place. What `env_file` and `label_file` name is not read: who only looks at containers or stops them does not need it.
Project make_project(const World& world, Document document, const ProjectRequest& request);

/// For those who make containers of these services (see Project::in_order): `env_file` and `label_file` become environment and labels.
/// A second time does nothing. Throws `env file F not found`.
void read_env_files(Project& project, const World& world, const std::vector<std::string>& names, bool with_dependencies);

} // namespace skiff::compose
