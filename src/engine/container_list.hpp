#pragma once

#include "engine/container_size.hpp"
#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct ContainerListRequest
{
    std::vector<Filter> filters;
    bool all = false; ///< those that do not run, too; a filter on the status has its own idea of that
    bool external = false; ///< those in which builds run their steps, too
    int last = -1;    ///< so many of the newest, whatever their state; -1: no limit
    std::string sort = "created"; ///< "command", "created", "id", "image", "names", "runningfor", "size", "status"
    bool size = false; ///< fill `size` in: reads all their files
};

struct ListedContainer
{
    store::ContainerRecord record;
    std::optional<ContainerSize> size;
};

/// What `ps` shows, in its order.
std::vector<ListedContainer> list_containers(Engine& engine, const ContainerListRequest& request);

} // namespace skiff::engine
