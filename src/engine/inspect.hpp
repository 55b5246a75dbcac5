#pragma once

#include "engine/engine.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace skiff::engine {

enum class ObjectType { Any, Container, Image, Volume, Network, Pod };
/// "all", "container", "image", "volume", "network", "pod"
std::optional<ObjectType> find_object_type(const std::string& word);

/// The document that `inspect` shows for what a user calls `name`. Any: looks for a container, an image, a volume, and a
/// network, in this order. `size` measures the files of containers.
/// Throws NotFound with Podman's words for the type: `no such container "X"`, `no such object: "X"` ...
nlohmann::ordered_json inspect_object(Engine& engine, ObjectType type, const std::string& name, bool size);

} // namespace skiff::engine
