#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct EventOptions
{
    std::vector<Filter> filters; ///< container, event (status), image, volume, type, label
    std::optional<WallTime> since, until;
    bool stream = true; ///< go on with those that come, until `until`
};

/// Calls `sink` with every event that fits: those that were recorded (with `stream` only when `since` or `until` is given),
/// then those that come. Throws Error(Usage) `foo is an invalid filter`, and where nothing is recorded
/// `cannot read events with the "none" backend`.
void read_events(Engine& engine, const EventOptions& options, const std::function<void(const store::Event&)>& sink);

using EventPredicate = std::function<bool(const store::Event&)>;
EventPredicate make_event_filter(const std::vector<Filter>& filters);

/// The line that `events` shows.
std::string describe_event(const store::Event& event, bool no_trunc);
/// What `events --format json` shows, in Podman's shape.
nlohmann::ordered_json make_event_document(const store::Event& event);
/// What templates see: the same with nothing left out.
nlohmann::ordered_json make_event_row(const store::Event& event);

} // namespace skiff::engine
