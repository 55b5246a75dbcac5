#pragma once

#include "frontends/compose/instance.hpp"
#include "frontends/compose/project.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// How a service's container is reached and whom it reaches, in words of `create`: ports, networks with its names on them, addresses of
/// hosts and name servers. Pure.
std::vector<std::string> make_connection_words(const Subject& subject);

/// The value of a key that names a namespace (network_mode, pid ...): "service:X" is the first container of X.
std::string namespace_of(const Project& project, const Service& service, const std::string& key);

} // namespace skiff::compose
