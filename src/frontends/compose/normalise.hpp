#pragma once

#include "frontends/compose/interpolate.hpp"
#include "frontends/compose/node.hpp"
#include "frontends/compose/world.hpp"

#include <map>
#include <string>
#include <vector>

/// From a merged document to one that says everything.
namespace skiff::compose {

/// Writes out what the files leave to rules: the default network, real names of resources, implied dependencies, Dockerfiles.
/// With `drop_unused` networks, volumes, secrets and configs that no service uses go.
void normalise(Node& model, const std::string& project, bool drop_unused);

/// DOCKER_DEFAULT_PLATFORM, for services that name none.
void set_default_platform(Node& model, const std::map<std::string, std::string>& variables);

/// Names without a value become environment, labels and build arguments; not the environment and labels of services whose files are
/// still to be read. What they become is taken from `budget`.
void resolve_environment(Node& model, const std::map<std::string, std::string>& variables, ByteBudget& budget);

/// Whether a service has env_file or label_file.
bool has_environment_files(const Node& service);

/// env_file and label_file of a service become environment and labels, as do names without a value. What they become is taken from
/// `budget`. Throws `env file F not found`, `label file F not found`.
void read_environment_files(Node& service, const World& world, const std::map<std::string, std::string>& variables, ByteBudget& budget,
                            std::vector<std::string>& warnings);

/// A service's networks, highest priority first, then by name.
std::vector<std::string> networks_by_priority(const Node& service);

} // namespace skiff::compose
