#pragma once

#include "engine/engine.hpp"
#include "kernel/process_facts.hpp"
#include "model/id_map.hpp"
#include "runtime/user_lookup.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// The processes of a running container, seen from outside (security.md R24): nothing of the container's is run.
struct ContainerProcesses
{
    std::vector<kernel::ProcessFacts> processes; ///< by number; numbers and ids are those of the host
    std::size_t depth = 0;                       ///< which of namespace_pids is the number inside
    IdMap ids;                                   ///< from inside to the host's ids
    runtime::AccountFiles accounts;              ///< of the container: names of ids inside
};

/// Nobody runs: the list is empty.
ContainerProcesses find_container_processes(const store::ContainerRecord& record);

} // namespace skiff::engine
