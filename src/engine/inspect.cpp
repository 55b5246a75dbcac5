#include "engine/inspect.hpp"

#include "base/error.hpp"
#include "engine/container_document.hpp"
#include "engine/image_document.hpp"
#include "engine/start.hpp"
#include "engine/networks.hpp"
#include "engine/volume.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Json> find_container(Engine& engine, const std::string& name, bool size)
{
    const auto id = engine.store().containers().find(name);
    if (!id)
        return std::nullopt;
    settle(engine, *id);
    return inspect_container(engine, *id, size);
}

std::optional<Json> find_image(Engine& engine, const std::string& name)
{
    const auto found = engine.store().images().find(name);
    return found ? std::optional{make_image_document(engine, found->image)} : std::nullopt;
}

std::optional<Json> find_volume(Engine& engine, const std::string& name)
{
    const auto found = engine.store().volumes().find(name);
    return found ? std::optional{make_volume_document(engine, *found)} : std::nullopt;
}

std::optional<Json> find_network_document(Engine& engine, const std::string& name)
{
    const auto found = find_network(engine, name);
    return found ? std::optional{make_network_document(engine, *found)} : std::nullopt;
}

Error not_found(ObjectType type, const std::string& name)
{
    switch (type) {
    case ObjectType::Container:
        return {ErrorKind::NotFound, cat("no such container \"", name, "\"")};
    case ObjectType::Image:
        return {ErrorKind::NotFound, cat(name, ": image not known")};
    case ObjectType::Volume:
        return {ErrorKind::NotFound, cat("no such volume ", name)};
    case ObjectType::Network:
        return {ErrorKind::NotFound, cat("unable to find network with name or ID ", name, ": network not found")};
    case ObjectType::Pod:
        return {ErrorKind::NotFound, cat("no such pod \"", name, "\"")};
    case ObjectType::Any:
        break;
    }
    return {ErrorKind::NotFound, cat("no such object: \"", name, "\"")};
}

} // namespace

std::optional<ObjectType> find_object_type(const std::string& word)
{
    constexpr std::pair<const char*, ObjectType> types[] = {{"all", ObjectType::Any},       {"container", ObjectType::Container},
                                                            {"image", ObjectType::Image},   {"volume", ObjectType::Volume},
                                                            {"network", ObjectType::Network}, {"pod", ObjectType::Pod}};
    for (const auto& [name, type] : types)
        if (word == name)
            return type;
    return std::nullopt;
}

Json inspect_object(Engine& engine, ObjectType type, const std::string& name, bool size)
{
    const bool any = type == ObjectType::Any;
    std::optional<Json> found;
    if (any || type == ObjectType::Container)
        found = find_container(engine, name, size);
    if (type == ObjectType::Image)
        return inspect_image(engine, name); // with what the name is wrong about
    if (!found && any)
        found = find_image(engine, name);
    if (!found && (any || type == ObjectType::Volume))
        found = find_volume(engine, name);
    if (!found && (any || type == ObjectType::Network))
        found = find_network_document(engine, name);
    if (!found)
        throw not_found(type, name);
    return *std::move(found);
}

} // namespace skiff::engine
