#pragma once

#include "engine/container_list.hpp"

#include <nlohmann/json_fwd.hpp>

namespace skiff::engine {

/// One element of `ps --format json`.
nlohmann::ordered_json make_list_document(const ListedContainer& container, WallTime now);

struct ListRowOptions
{
    bool no_trunc = false;   ///< ids and commands in full
    bool namespaces = false; ///< fill in what namespaces it is in: looks at /proc
};

/// What templates of `ps --format` see of it.
nlohmann::ordered_json make_list_row(const ListedContainer& container, WallTime now, const ListRowOptions& options);

/// "Up 3 minutes (healthy)", "Exited (0) 2 hours ago".
std::string describe_status(const store::ContainerRecord& record, WallTime now);

} // namespace skiff::engine
