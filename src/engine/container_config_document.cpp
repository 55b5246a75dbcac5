// InspectContainerData.Config: what runs in the container.

#include "base/cat.hpp"
#include "engine/container_document.hpp"
#include "text/signal_names.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::vector<std::string>& words) { return words.empty() ? Json(nullptr) : Json(words); }
Json or_null(const std::map<std::string, std::string>& pairs) { return pairs.empty() ? Json(nullptr) : Json(pairs); }

std::string octal(std::uint32_t mask)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mask);
    return text.data();
}

std::string action_name(HealthAction action)
{
    switch (action) {
    case HealthAction::None:
        return "none";
    case HealthAction::Kill:
        return "kill";
    case HealthAction::Restart:
        return "restart";
    case HealthAction::Stop:
        return "stop";
    }
    return "none";
}

void add_health(Json& json, const HealthCheck& health)
{
    if (health.test.empty())
        return;
    if (!health.startup_test.empty())
        json["StartupHealthCheck"] = {{"Test", health.startup_test},
                                      {"Interval", health.startup_interval.count()},
                                      {"Timeout", health.startup_timeout.count()},
                                      {"Retries", health.startup_retries},
                                      {"Successes", health.startup_success}};
    Json& check = json["Healthcheck"];
    check = {{"Test", health.test}};
    if (health.exists()) {
        check["StartPeriod"] = health.start_period.count();
        if (health.start_interval.count() != 0)
            check["StartInterval"] = health.start_interval.count();
        check["Interval"] = health.interval.count();
        check["Timeout"] = health.timeout.count();
        check["Retries"] = health.retries;
    }
    json["HealthcheckOnFailureAction"] = action_name(health.on_failure);
    json["HealthLogDestination"] = health.log_destination;
    json["HealthcheckMaxLogCount"] = health.max_log_count;
    json["HealthcheckMaxLogSize"] = health.max_log_size;
}

Json exposed_ports(const NetworkConfig& network)
{
    Json ports = Json::object();
    for (const PortMapping& port : network.exposed)
        for (int offset = 0; offset < port.range; ++offset)
            ports[cat(port.container_port + offset, "/", port.protocol)] = Json::object();
    return ports;
}

/// Those that are files, as Podman has it; of none the content.
Json shown_secrets(const ContainerConfig& config)
{
    Json secrets = Json::array();
    for (const PrivateItem& item : config.private_items)
        if (item.use == PrivateItem::Use::File && !item.secret_name.empty())
            secrets.push_back({{"Name", item.secret_name},
                               {"ID", item.secret_id},
                               {"UID", item.uid.value_or(0)},
                               {"GID", item.gid.value_or(0)},
                               {"Mode", item.mode}});
    return secrets;
}

} // namespace

Json make_config_document(const ContainerConfig& config)
{
    constexpr std::uint32_t default_umask = 022;
    Json json;
    json["Hostname"] = config.hostname.empty() ? config.id.substr(0, 12) : config.hostname;
    json["Domainname"] = "";
    json["User"] = config.user;
    json["AttachStdin"] = false;
    json["AttachStdout"] = false;
    json["AttachStderr"] = false;
    json["Tty"] = config.tty;
    json["OpenStdin"] = config.open_stdin;
    json["StdinOnce"] = config.stdin_once;
    json["Env"] = config.env;
    json["Cmd"] = or_null(config.command);
    json["Image"] = config.image_name;
    json["Volumes"] = nullptr;
    json["WorkingDir"] = config.working_dir;
    json["Entrypoint"] = or_null(config.entrypoint);
    json["OnBuild"] = nullptr;
    json["Labels"] = or_null(config.labels);
    json["Annotations"] = or_null(config.annotations);
    json["StopSignal"] = "SIG" + text::signal_name(config.stop_signal);
    add_health(json, config.health);
    if (!config.create_command.empty())
        json["CreateCommand"] = config.create_command;
    if (!config.timezone.empty())
        json["Timezone"] = config.timezone;
    json["Umask"] = octal(config.umask.value_or(default_umask));
    if (Json secrets = shown_secrets(config); !secrets.empty())
        json["Secrets"] = std::move(secrets);
    json["Timeout"] = config.timeout_s;
    json["StopTimeout"] = config.stop_timeout_s;
    json["Passwd"] = config.manage_passwd;
    json["sdNotifyMode"] = config.sdnotify;
    if (!config.network.exposed.empty())
        json["ExposedPorts"] = exposed_ports(config.network);
    return json;
}

} // namespace skiff::engine
