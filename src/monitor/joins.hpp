#pragma once

#include "model/container_config.hpp"
#include "oci/runtime_spec.hpp"
#include "runtime/container_process.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace skiff::monitor {

/// Namespaces of other containers and of ns:PATH that a container joins, opened.
struct Joins
{
    std::vector<UniqueFd> fds;
    std::vector<runtime::NamespaceJoin> joins;     ///< for CreateOptions; borrow from fds
    std::vector<oci::SpecNamespace> namespaces;    ///< for ContainerContext
};

/// Whoever joins a container that has the host's namespace has the host's, too: nobody needs to enter that, and users may not.
void follow_to_host(ContainerConfig& config, const store::Store& store);

/// Throws when one of the containers does not run.
Joins open_joins(const ContainerConfig& config, const store::Store& store);

} // namespace skiff::monitor
