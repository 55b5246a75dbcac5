#include "engine/container_document.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"
#include "monitor/cgroup_home.hpp"
#include "runtime/spec_builder.hpp"
#include "text/duration.hpp"
#include "text/time_format.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

/// The capabilities that the first process has: only root's are effective.
std::vector<std::string> effective_capabilities(const ContainerConfig& config)
{
    const std::string user = config.user.substr(0, config.user.find(':'));
    const bool is_root = user.empty() || user == "0" || user == "root";
    return is_root ? config.security.capabilities : std::vector<std::string>{};
}

/// A file that the monitor wrote for the container; empty when there is none.
/// The engine's own files live with the container, in a file system that only it sees: this way leads there.
std::string find_run_file(const store::ContainerRecord& record, const char* name)
{
    if (!record.state || !record.is_running())
        return {};
    return cat("/proc/", record.state->init.pid, "/root/etc/", name);
}

Json graph_driver(Engine& engine, const ContainerConfig& config)
{
    const std::string directory = engine.store().containers().directory(config.id);
    Json data;
    if (config.storage_driver != "copy") {
        std::string lower;
        for (auto layer = config.layers.rbegin(); layer != config.layers.rend(); ++layer)
            lower += cat(lower.empty() ? "" : ":", engine.store().layers().diff_path(*layer));
        data["LowerDir"] = lower;
        data["UpperDir"] = directory + "/upper";
        data["WorkDir"] = directory + "/work";
    } else {
        data["Dir"] = directory + "/tree";
    }
    return {{"Name", config.storage_driver}, {"Data", std::move(data)}};
}

std::vector<std::string> dependencies(const ContainerConfig& config)
{
    std::vector<std::string> ids = config.requires_;
    for (const NamespaceChoice* choice : {&config.network.mode, &config.pid, &config.ipc, &config.uts, &config.cgroup})
        if (choice->mode == NamespaceMode::Container)
            ids.push_back(choice->target);
    return ids;
}

void add_process(Json& json, const ContainerConfig& config)
{
    std::vector<std::string> words = config.entrypoint;
    words.insert(words.end(), config.command.begin(), config.command.end());
    json["Path"] = words.empty() ? "" : words.front();
    json["Args"] = words.empty() ? words : std::vector<std::string>(words.begin() + 1, words.end());
}

void show_durations(Json& object, std::initializer_list<const char*> fields)
{
    for (const char* field : fields)
        if (object.contains(field))
            object[field] = text::format_duration_go(std::chrono::nanoseconds{object[field].get<std::int64_t>()});
}

/// Fields that JSON leaves out are still there for a template.
void complete(Json& object, std::initializer_list<std::pair<const char*, Json>> defaults)
{
    for (const auto& [field, value] : defaults)
        if (!object.contains(field))
            object[field] = value;
}

} // namespace

Json inspect_container(Engine& engine, const std::string& id, bool size)
{
    const store::Containers& containers = engine.store().containers();
    const store::ContainerRecord record = containers.load(id);
    const ContainerConfig& config = record.config;
    const bool alive = record.state && record.is_running();
    Json json;
    json["Id"] = config.id;
    json["Created"] = text::format_rfc3339_nano(config.created, text::Zone::Local);
    add_process(json, config);
    json["State"] = make_state_document(record);
    json["Image"] = config.image_id;
    json["ImageDigest"] = config.image_digest;
    json["ImageName"] = config.image_name;
    json["Rootfs"] = config.rootfs;
    json["Pod"] = "";
    json["ResolvConfPath"] = find_run_file(record, "resolv.conf");
    json["HostnamePath"] = find_run_file(record, "hostname");
    json["HostsPath"] = find_run_file(record, "hosts");
    json["StaticDir"] = containers.directory(id);
    json["OCIRuntime"] = "skiff";
    json["SystemdMode"] = runtime::is_systemd(config);
    json["ConmonPidFile"] = config.monitor_pid_file;
    json["PidFile"] = config.pid_file;
    json["Name"] = config.name;
    json["RestartCount"] = alive ? record.state->restarts : record.exit ? record.exit->restarts : 0;
    json["Driver"] = config.storage_driver;
    json["MountLabel"] = "";
    json["ProcessLabel"] = "";
    json["AppArmorProfile"] = "";
    json["EffectiveCaps"] = effective_capabilities(config);
    json["BoundingCaps"] = config.security.capabilities;
    json["ExecIDs"] = alive ? record.state->exec_ids : std::vector<std::string>{};
    json["GraphDriver"] = graph_driver(engine, config);
    if (size) {
        const ContainerSize measured = measure_container(engine, config);
        json["SizeRw"] = measured.changed_bytes;
        json["SizeRootFs"] = measured.total_bytes;
    }
    json["Mounts"] =
        make_mounts_document(config, [&](const std::string& volume) { return engine.store().volumes().data_path(volume); });
    json["Dependencies"] = dependencies(config);
    json["NetworkSettings"] = make_network_document(record);
    json["Namespace"] = "";
    json["IsInfra"] = false;
    json["IsService"] = false;
    json["KubeExitCodePropagation"] = "invalid";
    json["lockNumber"] = 0;
    json["Config"] = make_config_document(config);
    HostFacts facts;
    facts.log_path = config.log.driver == "journald" ? "" : config.log.path.empty() ? containers.directory(id) + "/log" : config.log.path;
    facts.cgroup_manager = config.cgroup_manager.empty() ? monitor::choose_cgroup_manager(config) : config.cgroup_manager;
    json["HostConfig"] = make_host_config_document(config, facts);
    json["UseImageHosts"] = config.network.hosts_file == "image";
    json["UseImageHostname"] = config.no_hostname;
    return json;
}

Json make_template_view(const Json& document)
{
    Json view = document;
    complete(view, {{"OCIConfigPath", ""}, {"SizeRw", nullptr}, {"SizeRootFs", 0}});
    Json& state = view["State"];
    complete(state, {{"ConmonPid", 0}, {"Health", nullptr}, {"CgroupPath", ""}, {"Checkpointed", false}, {"Restored", false},
                     {"StoppedByUser", false}});
    state["Healthcheck"] = state["Health"].is_null() ? Json{{"Status", ""}, {"FailingStreak", 0}, {"Log", nullptr}} : state["Health"];
    Json& config = view["Config"];
    complete(config, {{"StartupHealthCheck", nullptr}, {"Healthcheck", nullptr}, {"HealthcheckOnFailureAction", ""},
                      {"HealthLogDestination", ""}, {"HealthcheckMaxLogCount", 0}, {"HealthcheckMaxLogSize", 0}, {"CreateCommand", nullptr},
                      {"Timezone", ""}, {"SystemdMode", false}, {"Secrets", nullptr}, {"ChrootDirs", nullptr}, {"SdNotifySocket", ""},
                      {"ExposedPorts", nullptr}});
    config["HealthMaxLogCount"] = config["HealthcheckMaxLogCount"];
    config["HealthMaxLogSize"] = config["HealthcheckMaxLogSize"];
    if (config["Healthcheck"].is_object())
        complete(config["Healthcheck"], {{"StartInterval", 0}});
    for (const char* check : {"Healthcheck", "StartupHealthCheck"})
        show_durations(config[check], {"StartPeriod", "StartInterval", "Interval", "Timeout"});
    Json& restart = view["HostConfig"]["RestartPolicy"];
    complete(restart, {{"Delay", 0}, {"Window", 0}});
    show_durations(restart, {"Delay", "Window"});
    complete(view["HostConfig"], {{"CgroupManager", ""}, {"IDMappings", nullptr}, {"Init", false}, {"IntelRdtClosID", ""}});
    complete(view["NetworkSettings"], {{"Networks", nullptr}, {"SecondaryIPAddresses", nullptr}, {"SecondaryIPv6Addresses", nullptr},
                                       {"AdditionalMACAddresses", nullptr}});
    return view;
}

} // namespace skiff::engine
