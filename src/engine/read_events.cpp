#include "engine/read_events.hpp"

#include "base/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>

namespace skiff::engine {
namespace {

using store::Event;

/// Events of one type by the name of what they are about, or the beginning of its id.
EventPredicate of_object(const char* type, const std::string& value)
{
    return [=](const Event& e) { return e.type == type && (e.name == value || e.id.starts_with(value)); };
}

EventPredicate with_label(const std::string& value)
{
    const std::size_t equals = value.find('=');
    return [key = value.substr(0, equals), has_value = equals != std::string::npos,
            wanted = equals == std::string::npos ? "" : value.substr(equals + 1)](const Event& e) {
        const auto found = e.attributes.find(key);
        return found != e.attributes.end() && (!has_value || found->second == wanted);
    };
}

EventPredicate make_one(const Filter& filter)
{
    const std::string key = text::to_lower(filter.key);
    const std::string& value = filter.value;
    for (const char* type : {"container", "image", "pod", "artifact", "network"})
        if (key == type)
            return of_object(type, value);
    if (key == "event" || key == "status")
        return [wanted = value == "die" ? "died" : value](const Event& e) { return e.action == wanted; }; // Docker's word
    if (key == "volume")
        return [value](const Event& e) { return e.type == "volume" && e.name.starts_with(value); };
    if (key == "type")
        return [value](const Event& e) { return e.type == value; };
    if (key == "label")
        return with_label(value);
    throw Error{ErrorKind::Usage, cat("failed to parse event filters: ", filter.key, " is an invalid filter")};
}

bool is_switched_off(Engine& engine)
{
    const std::string& asked = engine.options().events_backend;
    return asked == "none" || (asked.empty() && engine.settings().events_logger == "none");
}

} // namespace

EventPredicate make_event_filter(const std::vector<Filter>& filters)
{
    std::map<std::string, std::vector<EventPredicate>> by_key;
    for (const Filter& filter : filters) {
        EventPredicate one = make_one(filter);
        if (filter.negated)
            one = [one = std::move(one)](const Event& e) { return !one(e); };
        by_key[filter.key].push_back(std::move(one));
    }
    return [by_key = std::move(by_key)](const Event& event) {
        return std::all_of(by_key.begin(), by_key.end(), [&](const auto& entry) {
            return std::any_of(entry.second.begin(), entry.second.end(), [&](const auto& fits) { return fits(event); });
        });
    };
}

void read_events(Engine& engine, const EventOptions& options, const std::function<void(const Event&)>& sink)
{
    const EventPredicate fits = make_event_filter(options.filters);
    if (is_switched_off(engine))
        throw Error{ErrorKind::Failure, "cannot read events with the \"none\" backend"};
    store::EventReader reader{engine.store().root()};
    const bool from_start = options.since || options.until || !options.stream;
    const auto show_all = [&] {
        while (const auto event = reader.next())
            if ((!options.since || event->time > *options.since) && (!options.until || event->time < *options.until) && fits(*event))
                sink(*event);
    };
    if (from_start)
        show_all();
    else
        while (reader.next()) { // what was before we came
        }
    while (options.stream && (!options.until || wall_now() < *options.until)) {
        const auto left = options.until ? std::chrono::ceil<std::chrono::milliseconds>(*options.until - wall_now())
                                        : std::chrono::milliseconds{-1};
        reader.wait(options.until ? std::max(left, std::chrono::milliseconds{0}) : left);
        show_all();
    }
}

} // namespace skiff::engine
