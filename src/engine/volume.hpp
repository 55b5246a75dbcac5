#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct VolumeRequest
{
    std::string name; ///< empty: one is invented, and the volume is anonymous
    std::map<std::string, std::string> labels, options;
    bool ignore_existing = false;
    std::optional<std::uint32_t> uid, gid; ///< of its directory, in the shared user namespace
};

/// The record of a volume that does not exist yet. Throws Error(Usage) for options that cannot work, and says why.
store::Volume make_volume(const VolumeRequest& request);
/// Gives its directory to whoever the options or `request` name. Inside the user namespace when there is somebody.
void apply_volume_owner(Engine& engine, const store::Volume& volume, const VolumeRequest& request);

/// Returns its name. Throws `volume with name X already exists: volume already exists`.
std::string create_volume(Engine& engine, const VolumeRequest& request);

struct RemoveVolumeOptions
{
    bool force = false; ///< containers that use it are removed first; a missing one is no problem
    std::optional<std::uint32_t> timeout_s;
};
/// Returns its whole name; empty when it was not there. Throws NotFound, InUse (`volume X is being used by the
/// following container(s): ID: volume is being used`).
std::string remove_volume(Engine& engine, const std::string& text, const RemoveVolumeOptions& options);

/// By name. Throws Error(Usage) `"x" is an invalid volume filter`.
std::vector<store::Volume> list_volumes(Engine& engine, const std::vector<Filter>& filters);

/// The volumes that pruning would take: unused, and anonymous unless `all`.
std::vector<store::Volume> find_unused_volumes(Engine& engine, bool all, const std::vector<Filter>& filters);

struct PrunedVolumes
{
    std::vector<std::string> names;
    std::uint64_t bytes = 0;
};
PrunedVolumes prune_volumes(Engine& engine, bool all, const std::vector<Filter>& filters);

/// InspectVolumeData.
nlohmann::ordered_json make_volume_document(Engine& engine, const store::Volume& volume);
/// The same for what a user calls `text`. Throws Error(NotFound) `no such volume X`.
nlohmann::ordered_json inspect_volume(Engine& engine, const std::string& text);

} // namespace skiff::engine
