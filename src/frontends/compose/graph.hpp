#pragma once

#include "frontends/compose/project.hpp"

#include <string>

namespace skiff::compose {

/// What a graph shows besides the services and their dependencies.
struct GraphOptions
{
    bool images = false, networks = false, ports = false;
    std::string indentation = "\t";
};

/// The project in the language of Graphviz: a node for each service, an arrow to each service that it depends on.
std::string make_graph(const Project& project, const GraphOptions& options);

} // namespace skiff::compose
