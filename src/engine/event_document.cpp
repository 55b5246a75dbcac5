// How an event looks: the second half of read_events.hpp.

#include "base/cat.hpp"
#include "engine/read_events.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using store::Event;

std::int64_t nanoseconds(WallTime time) { return time.time_since_epoch().count(); }
std::int64_t seconds(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string describe_container_event(const Event& event, const std::string& id)
{
    std::string text = cat(id, " (image=", event.image, ", name=", event.name);
    if (!event.health_status.empty())
        text += cat(", health_status=", event.health_status);
    for (const auto& [name, value] : event.attributes)
        text += cat(", ", name, "=", value);
    return text + ")";
}

std::string describe_object(const Event& event, const std::string& id)
{
    if (event.type == "container" || event.type == "pod")
        return describe_container_event(event, id);
    if (event.type == "network")
        return event.network.empty() ? cat(id, " (name=", event.name, ", type=bridge)")
                                     : cat(id, " (container=", id, ", name=", event.network, ")");
    if (event.type == "image")
        return cat(id, " ", event.name, event.error.empty() ? "" : cat(" ", event.error));
    if (event.type == "secret")
        return id;
    return event.name;
}

} // namespace

std::string describe_event(const Event& event, bool no_trunc)
{
    constexpr std::size_t short_id = 12;
    return printable(cat(text::format_go_default(event.time, text::Zone::Local), " ", event.type, " ", event.action, " ",
                         describe_object(event, no_trunc ? event.id : event.id.substr(0, short_id))));
}

Json make_event_document(const Event& event)
{
    Json json;
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty())
            json[key] = value;
    };
    if (event.exit_code)
        json["ContainerExitCode"] = *event.exit_code;
    add("ID", event.id);
    add("Image", event.image);
    add("Name", event.name);
    add("network", event.network);
    json["Status"] = event.action;
    json["time"] = seconds(event.time);
    json["timeNano"] = nanoseconds(event.time);
    json["Type"] = event.type;
    add("health_status", event.health_status);
    add("Error", event.error);
    json["Attributes"] = event.attributes.empty() ? Json(nullptr) : Json(event.attributes);
    return json;
}

Json make_event_row(const Event& event)
{
    Json row;
    row["ContainerExitCode"] = event.exit_code ? Json(*event.exit_code) : Json(nullptr);
    row["ID"] = event.id;
    row["Image"] = event.image;
    row["Name"] = event.name;
    row["Network"] = event.network;
    row["Status"] = event.action;
    row["Time"] = seconds(event.time);
    row["TimeNano"] = nanoseconds(event.time);
    row["Type"] = event.type;
    row["HealthStatus"] = event.health_status;
    row["Error"] = event.error;
    row["PodID"] = "";
    row["Attributes"] = event.attributes;
    return row;
}

} // namespace skiff::engine
