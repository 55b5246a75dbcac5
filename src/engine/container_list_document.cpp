#include "engine/container_list_document.hpp"

#include "base/cat.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/container_document.hpp"
#include "text/duration.hpp"
#include "text/row_builder.hpp"
#include "text/size.hpp"
#include "text/time_format.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using store::ContainerRecord;

constexpr std::int64_t never = -62'135'596'800; ///< Go's zero time in seconds since 1970
constexpr std::size_t short_id = 12;
constexpr std::size_t command_width = 20;
constexpr int size_digits = 3;

std::int64_t seconds(WallTime time)
{
    return time == text::zero_time ? never
                                   : std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool has_ended(const ContainerRecord& record) { return record.status == ContainerStatus::Exited; }

std::int64_t started_at(const ContainerRecord& record)
{
    if (record.state && record.is_running())
        return seconds(record.state->started);
    return record.exit ? seconds(record.exit->started) : never;
}

pid_t process_of(const ContainerRecord& record) { return record.state && record.is_running() ? record.state->init.pid : 0; }

const std::vector<std::string>& shown_command(const ContainerConfig& config)
{
    return config.command.empty() ? config.entrypoint : config.command;
}

std::vector<std::string> mount_targets(const ContainerConfig& config)
{
    std::vector<std::string> targets;
    for (const MountConfig& mount : config.mounts)
        if (mount.type != MountType::Tmpfs && mount.type != MountType::Devpts)
            targets.push_back(mount.target);
    return targets;
}

std::vector<std::string> networks(const ContainerConfig& config)
{
    if (config.network.mode.mode != NamespaceMode::Private)
        return {};
    std::vector<std::string> names;
    if (config.network.own)
        names.push_back(config.network.name);
    for (const NetworkAttachment& attachment : config.network.networks)
        names.push_back(attachment.network);
    return names;
}

Json port_documents(const ContainerConfig& config)
{
    if (config.network.ports.empty())
        return nullptr;
    Json ports = Json::array();
    for (const PortMapping& port : config.network.ports)
        ports.push_back({{"host_ip", port.host_ip},
                         {"container_port", port.container_port},
                         {"host_port", port.host_port},
                         {"range", port.range},
                         {"protocol", port.protocol}});
    return ports;
}

Json exposed_ports(const ContainerConfig& config)
{
    if (config.network.exposed.empty())
        return nullptr;
    Json ports = Json::object();
    for (const PortMapping& port : config.network.exposed)
        for (int offset = 0; offset < port.range; ++offset)
            ports[std::to_string(port.container_port + offset)].push_back(port.protocol);
    return ports;
}

std::string namespace_link(pid_t pid, const char* kind)
{
    try {
        return find_link_at(AT_FDCWD, cat("/proc/", pid, "/ns/", kind)).value_or("");
    } catch (const Error&) { // it has just ended
        return {};
    }
}

/// The number in "mnt:[4026531841]".
std::string namespace_number(pid_t pid, const char* kind)
{
    const std::string link = namespace_link(pid, kind);
    const std::size_t open = link.find('[');
    return open == std::string::npos || !link.ends_with(']') ? "" : link.substr(open + 1, link.size() - open - 2);
}

Json namespaces_of(pid_t pid)
{
    constexpr std::pair<const char*, const char*> kinds[] = {{"Mnt", "mnt"}, {"Cgroup", "cgroup"}, {"Ipc", "ipc"}, {"Net", "net"},
                                                             {"Pidns", "pid"}, {"Uts", "uts"}, {"User", "user"}};
    text::RowBuilder found{std::size(kinds)};
    for (const auto& [field, kind] : kinds)
        found.add(field, pid == 0 ? "" : namespace_number(pid, kind));
    return found.take();
}

std::string joined(const std::vector<std::string>& words, std::string_view between)
{
    std::string text;
    for (const std::string& word : words)
        text += cat(text.empty() ? "" : between, word);
    return text;
}

std::string label_text(const std::map<std::string, std::string>& labels)
{
    std::vector<std::string> pairs;
    for (const auto& [name, value] : labels)
        pairs.push_back(cat(name, "=", value));
    return joined(pairs, ",");
}

std::string command_text(const ContainerConfig& config, bool no_trunc)
{
    std::string text = joined(shown_command(config), " ");
    if (!no_trunc && text.size() > command_width)
        text = text.substr(0, command_width - 3) + "...";
    return text;
}

std::string size_text(const ContainerSize& size)
{
    return cat(text::format_bytes_decimal(size.changed_bytes, size_digits), " (virtual ",
               text::format_bytes_decimal(size.total_bytes, size_digits), ")");
}

} // namespace

std::string describe_status(const ContainerRecord& record, WallTime now)
{
    switch (record.status) {
    case ContainerStatus::Created:
        return "Created";
    case ContainerStatus::Initialized:
        return "Initialized";
    case ContainerStatus::Starting:
        return "Starting";
    case ContainerStatus::Paused:
        return "Paused";
    case ContainerStatus::Stopping:
        return "Stopping";
    case ContainerStatus::Removing:
        return "Removing";
    case ContainerStatus::Exited:
        return cat("Exited (", record.exit ? record.exit->code : 0, ") ",
                   text::human_age(record.exit ? record.exit->finished : record.config.created, now));
    case ContainerStatus::Running:
        break;
    }
    const std::string health = record.state ? record.state->health.status : "";
    return cat("Up ", text::human_duration(record.state ? now - record.state->started : std::chrono::nanoseconds{0}),
               health.empty() ? "" : cat(" (", health, ")"), record.state && !describe_lost_network(*record.state).empty() ? " (network lost)" : "");
}

Json make_list_document(const ListedContainer& container, WallTime now)
{
    const ContainerRecord& record = container.record;
    const ContainerConfig& config = record.config;
    Json json;
    json["AutoRemove"] = config.auto_remove;
    json["Command"] = shown_command(config);
    json["CreatedAt"] = text::human_age(config.created, now);
    json["CIDFile"] = config.cid_file;
    json["Exited"] = has_ended(record);
    json["ExitedAt"] = record.exit && has_ended(record) ? seconds(record.exit->finished) : never;
    json["ExitCode"] = record.exit ? record.exit->code : 0;
    json["ExposedPorts"] = exposed_ports(config);
    json["Id"] = config.id;
    json["Image"] = config.image_name;
    json["ImageID"] = config.image_id;
    json["IsInfra"] = false;
    json["Labels"] = config.labels.empty() ? Json(nullptr) : Json(config.labels);
    json["Mounts"] = mount_targets(config);
    json["Names"] = Json::array({config.name});
    json["Namespaces"] = process_of(record) == 0 ? Json::object() : namespaces_of(process_of(record));
    json["Networks"] = networks(config);
    json["Pid"] = process_of(record);
    json["Pod"] = "";
    json["PodName"] = "";
    json["Ports"] = port_documents(config);
    json["Restarts"] = record.state ? record.state->restarts : record.exit ? record.exit->restarts : 0;
    json["Size"] = container.size ? Json{{"rootFsSize", container.size->total_bytes}, {"rwSize", container.size->changed_bytes}}
                                  : Json(nullptr);
    json["StartedAt"] = started_at(record);
    json["State"] = to_string(record.status);
    json["Status"] = describe_status(record, now);
    json["Created"] = seconds(config.created);
    return json;
}

Json make_list_row(const ListedContainer& container, WallTime now, const ListRowOptions& options)
{
    const ContainerRecord& record = container.record;
    const ContainerConfig& config = record.config;
    const auto id = [&](const std::string& full) { return options.no_trunc ? full : full.substr(0, short_id); };
    const std::string ago = text::human_age(config.created, now);
    const std::string created = text::format_rfc3339_nano(config.created, text::Zone::Local);
    text::RowBuilder row{40};
    row.add("ID", id(config.id));
    row.add("Image", config.image_name.empty() ? config.rootfs : config.image_name);
    row.add("Command", command_text(config, options.no_trunc));
    row.add("CreatedHuman", ago);
    row.add("Status", describe_status(record, now));
    row.add("Ports", format_ports(config.network.ports, config.network.exposed));
    row.add("Names", config.name);
    row.add("AutoRemove", config.auto_remove);
    row.add("CIDFile", config.cid_file);
    row.add("Created", created);
    row.add("CreatedAt", created);
    row.add("ExitCode", record.exit ? record.exit->code : 0);
    row.add("Exited", has_ended(record));
    row.add("ExitedAt", record.exit && has_ended(record) ? seconds(record.exit->finished) : never);
    row.add("ExposedPorts", exposed_ports(config));
    row.add("ImageID", id(config.image_id));
    row.add("IsInfra", false);
    row.add("Label", config.labels); // {{.Label "key"}}
    row.add("Labels", label_text(config.labels));
    row.add("Mounts", joined(mount_targets(config), ","));
    row.add("Networks", joined(networks(config), ","));
    row.add("Pid", process_of(record));
    row.add("Pod", "");
    row.add("PodName", "");
    row.add("Restarts", record.state ? record.state->restarts : record.exit ? record.exit->restarts : 0);
    row.add("RunningFor", ago);
    row.add("Size", container.size ? size_text(*container.size) : "");
    row.add("StartedAt", started_at(record));
    row.add("State", to_string(record.status));
    const Json spaces = namespaces_of(options.namespaces ? process_of(record) : 0);
    row.add("Namespaces", spaces);
    constexpr std::pair<const char*, const char*> columns[] = {{"Cgroup", "Cgroup"}, {"IPC", "Ipc"},   {"MNT", "Mnt"},   {"NET", "Net"},
                                                               {"PIDNS", "Pidns"},   {"UTS", "Uts"}, {"USERNS", "User"}};
    for (const auto& [column, field] : columns)
        row.add(column, spaces[field]);
    return row.take();
}

} // namespace skiff::engine
