#pragma once

#include "store/store.hpp"

namespace skiff::monitor {

enum class RemoveVolumes { None, Anonymous };

/// Takes a container that does not run out of the store: its record, files, name, and the anonymous volumes that were made
/// for it and that nobody else has. Inside the user namespace. Emits "remove".
void remove_container(const store::Store& store, const ContainerConfig& config, RemoveVolumes volumes);

/// Kills what is left of a run whose monitor was killed. Under the container's lock; outside or inside the user namespace, where
/// not all may be within reach.
void end_lost_processes(const store::ContainerRecord& record);

/// Ends a run whose monitor was killed, or that a reboot ended: kills what is left of it, records the end, and removes a
/// container of --rm. Under the container's lock, inside the user namespace. Does nothing for a run that is not lost.
void clean_up_lost_run(const store::Store& store, const store::ContainerRecord& record);

} // namespace skiff::monitor
