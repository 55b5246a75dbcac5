#include "engine/container_filter.hpp"

#include "base/error.hpp"
#include "engine/name_pattern.hpp"
#include "model/build_container.hpp"
#include "text/glob.hpp"
#include "engine/networks.hpp"
#include "text/time_format.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>

namespace skiff::engine {
namespace {

using store::ContainerRecord;

ContainerPredicate by_label(const std::string& value)
{
    const std::size_t equals = value.find('=');
    const std::string key = value.substr(0, equals);
    if (equals == std::string::npos)
        return [key](const ContainerRecord& r) {
            return std::any_of(r.config.labels.begin(), r.config.labels.end(),
                               [&](const auto& label) { return text::matches_name(key, label.first); });
        };
    return [key, wanted = value.substr(equals + 1)](const ContainerRecord& r) {
        return std::any_of(r.config.labels.begin(), r.config.labels.end(),
                           [&](const auto& label) { return text::matches_name(key, label.first) && label.second == wanted; });
    };
}

ContainerPredicate by_status(const std::string& value)
{
    if (value == "unknown")
        return [](const ContainerRecord&) { return false; }; // Podman's word for records that it cannot read
    const auto status = find_container_status(value);
    if (!status)
        throw Error{ErrorKind::Usage, cat("unknown container state: ", value, ": invalid argument")};
    if (value == "stopped" || value == "exited")
        return [](const ContainerRecord& r) { return r.status == ContainerStatus::Exited; };
    return [status](const ContainerRecord& r) { return r.status == *status; };
}

ContainerPredicate by_name(const std::string& value)
{
    // Docker's names begin with a slash, and scripts ask for "^/name$".
    std::string pattern = value;
    if (const std::size_t slash = pattern.starts_with('^') ? 1 : 0; pattern.substr(slash).starts_with('/'))
        pattern.erase(slash, 1);
    const auto fits = make_name_pattern(pattern);
    return [fits](const ContainerRecord& r) { return fits(r.config.name); };
}

/// The beginning of an id, or a regular expression when it has more than hex digits.
ContainerPredicate by_id(const std::string& value)
{
    if (value.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos)
        return [prefix = text::to_lower(value)](const ContainerRecord& r) { return r.config.id.starts_with(prefix); };
    return [fits = make_name_pattern(value)](const ContainerRecord& r) { return fits(r.config.id); };
}

/// Containers made from the image, or from one that stands on its layers.
ContainerPredicate by_ancestor(Engine& engine, const std::string& value)
{
    const auto found = engine.store().images().find(value);
    if (!found)
        return [value](const ContainerRecord& r) { return r.config.raw_image_name == value || r.config.image_name == value; };
    return [id = found->image.id, layers = found->image.layers](const ContainerRecord& r) {
        return r.config.image_id == id ||
               (!layers.empty() && r.config.layers.size() > layers.size() &&
                std::equal(layers.begin(), layers.end(), r.config.layers.begin()));
    };
}

ContainerPredicate by_age(Engine& engine, const std::string& value, bool before)
{
    const WallTime created = engine.store().containers().load_by_name(value).config.created;
    return [=](const ContainerRecord& r) { return before ? r.config.created < created : r.config.created > created; };
}

ContainerPredicate by_volume(const std::string& value)
{
    const std::size_t colon = value.find(':');
    const std::string source = value.substr(0, colon);
    const std::string target = colon == std::string::npos ? "" : value.substr(colon + 1);
    return [=](const ContainerRecord& r) {
        return std::any_of(r.config.mounts.begin(), r.config.mounts.end(), [&](const MountConfig& m) {
            const bool source_fits = m.source == source || (target.empty() && m.target == source);
            return source_fits && (target.empty() || m.target == target);
        });
    };
}

/// Networks may be given by id, too.
std::string network_name(Engine& engine, const std::string& text)
{
    const auto network = find_network(engine, text);
    return network ? network->name : text;
}

ContainerPredicate make_one(Engine& engine, const Filter& filter)
{
    const std::string& key = filter.key;
    const std::string& value = filter.value;
    if (key == "id")
        return by_id(value);
    if (key == "name")
        return by_name(value);
    if (key == "label")
        return by_label(value);
    if (key == "status")
        return by_status(value);
    if (key == "ancestor")
        return by_ancestor(engine, value);
    if (key == "before" || key == "since")
        return by_age(engine, value, key == "before");
    if (key == "volume")
        return by_volume(value);
    if (key == "exited") {
        if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos || value.size() > 3)
            throw Error{ErrorKind::Usage, cat("exited code out of range ", quoted(value))};
        return [code = std::stoi(value)](const ContainerRecord& r) {
            return r.status == ContainerStatus::Exited && r.exit && r.exit->code == code;
        };
    }
    if (key == "health")
        return [value](const ContainerRecord& r) {
            const std::string status = r.state ? r.state->health.status : "";
            return status.empty() ? value == "none" : status == value;
        };
    if (key == "network")
        return [name = network_name(engine, value)](const ContainerRecord& r) {
            const NetworkConfig& network = r.config.network;
            return network.name == name || std::any_of(network.networks.begin(), network.networks.end(),
                                                       [&](const NetworkAttachment& a) { return a.network == name; });
        };
    if (key == "restart-policy")
        return [value](const ContainerRecord& r) { return to_string(r.config.restart).substr(0, to_string(r.config.restart).find(':')) == value; };
    if (key == "until") {
        const WallTime until = text::parse_time(value, wall_now());
        return [until](const ContainerRecord& r) { return r.config.created < until; };
    }
    if (key == "command")
        return [value](const ContainerRecord& r) {
            const auto& words = r.config.command.empty() ? r.config.entrypoint : r.config.command;
            return !words.empty() && words[0].find(value) != std::string::npos;
        };
    if (key == "pod")
        return [](const ContainerRecord&) { return false; }; // there are no pods
    if (key == "should-start-on-boot")
        return [value](const ContainerRecord& r) {
            const bool starts = r.config.restart.when == RestartWhen::Always || r.config.restart.when == RestartWhen::UnlessStopped;
            return starts == (value == "true");
        };
    throw Error{ErrorKind::Usage, cat(key, " is an invalid filter")};
}

} // namespace

ContainerPredicate make_container_filter(Engine& engine, const std::vector<Filter>& filters)
{
    std::map<std::string, std::vector<ContainerPredicate>> by_key;
    for (const Filter& filter : filters) {
        ContainerPredicate one = make_one(engine, filter);
        if (filter.negated)
            one = [one = std::move(one)](const ContainerRecord& r) { return !one(r); };
        // Labels must all be there; of other keys one value is enough.
        by_key[filter.key == "label" || filter.negated ? cat(filter.key, by_key.size()) : filter.key].push_back(std::move(one));
    }
    return [by_key = std::move(by_key)](const ContainerRecord& r) {
        return !is_of_build(r.config) && std::all_of(by_key.begin(), by_key.end(), [&](const auto& entry) {
            return std::any_of(entry.second.begin(), entry.second.end(), [&](const auto& predicate) { return predicate(r); });
        });
    };
}

} // namespace skiff::engine
