#include "engine/container_list.hpp"

#include "base/log.hpp"
#include "engine/container_filter.hpp"
#include "engine/start.hpp"
#include "model/build_container.hpp"

#include <algorithm>
#include <functional>

namespace skiff::engine {
namespace {

std::string command_line(const ContainerConfig& config)
{
    std::string line;
    for (const auto* words : {&config.entrypoint, &config.command})
        for (const std::string& word : *words)
            line += word + " ";
    return line;
}

WallTime started(const store::ContainerRecord& record)
{
    return record.state && record.is_running() ? record.state->started : record.exit ? record.exit->started : record.config.created;
}

using Less = bool (*)(const ListedContainer&, const ListedContainer&);

/// How a key puts two containers in order; null: the order of their creation, which is that of the store.
Less find_order(const std::string& key)
{
    using C = const ListedContainer&;
    if (key == "command")
        return [](C a, C b) { return command_line(a.record.config) < command_line(b.record.config); };
    if (key == "id")
        return [](C a, C b) { return a.record.config.id < b.record.config.id; };
    if (key == "image")
        return [](C a, C b) { return a.record.config.image_name < b.record.config.image_name; };
    if (key == "names")
        return [](C a, C b) { return a.record.config.name < b.record.config.name; };
    if (key == "runningfor")
        return [](C a, C b) { return started(a.record) < started(b.record); };
    if (key == "size")
        return [](C a, C b) { return a.size->total_bytes < b.size->total_bytes; };
    if (key == "status")
        return [](C a, C b) { return to_string(a.record.status) < to_string(b.record.status); };
    return nullptr;
}

/// Cleans up after a monitor that was killed. False when --rm took the container away. On a full disk, or when somebody
/// else's command is about it, the list is still right: only the cleaning is left to the next command.
bool settle_if_lost(Engine& engine, store::ContainerRecord& record)
{
    if (record.lost == store::LostRun::No)
        return true;
    try {
        record = settle(engine, record.config.id);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound)
            return false;
        log::debug(cat("cleaning up container ", record.config.id, ": ", error.message(), "; ignored"));
    }
    return true;
}

} // namespace

std::vector<ListedContainer> list_containers(Engine& engine, const ContainerListRequest& request)
{
    const auto fits = make_container_filter(engine, request.filters);
    const bool any_state =
        request.all || request.last >= 0 ||
        std::any_of(request.filters.begin(), request.filters.end(), [](const Filter& f) { return f.key == "status"; });
    std::vector<store::ContainerRecord> records =
        engine.store().containers().list(any_state ? store::Containers::Which::All : store::Containers::Which::Alive);
    std::vector<ListedContainer> listed;
    listed.reserve(records.size());
    for (store::ContainerRecord& record : records)
        if (settle_if_lost(engine, record) && (any_state || record.is_running()) && (fits(record) || (request.external && is_of_build(record.config))))
            listed.push_back({std::move(record), std::nullopt});
    if (request.last >= 0 && listed.size() > static_cast<std::size_t>(request.last))
        listed.erase(listed.begin(), listed.end() - request.last);
    if (request.size || request.sort == "size")
        for (ListedContainer& container : listed)
            container.size = measure_container(engine, container.record.config);
    if (const Less less = find_order(request.sort))
        std::stable_sort(listed.begin(), listed.end(), less);
    return listed;
}

} // namespace skiff::engine
