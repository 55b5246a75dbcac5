// InspectContainerData.HostConfig: how the container is tied to the machine.

#include "base/cat.hpp"
#include "engine/container_document.hpp"
#include "engine/port_bindings.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_builder.hpp"
#include "text/size.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string mode_text(const NamespaceChoice& choice)
{
    switch (choice.mode) {
    case NamespaceMode::Private:
        return "private";
    case NamespaceMode::Host:
        return "host";
    case NamespaceMode::Container:
        return cat("container:", choice.target);
    case NamespaceMode::Path:
        return cat("ns:", choice.target);
    case NamespaceMode::None:
        return "none";
    case NamespaceMode::Shareable:
        return "shareable";
    }
    return "private";
}

std::string userns_text(const ContainerConfig& config)
{
    if (config.userns.mode == UsernsChoice::Mode::Container)
        return cat("container:", config.userns.target);
    if (config.userns.mode == UsernsChoice::Mode::Path)
        return cat("ns:", config.userns.target);
    return config.id_map.empty() ? "" : "private";
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += cat(text.empty() ? "" : ",", word);
    return text;
}

std::vector<std::string> binds(const ContainerConfig& config)
{
    std::vector<std::string> texts;
    for (const MountConfig& mount : config.mounts) {
        if (mount.type != MountType::Bind && mount.type != MountType::Volume)
            continue;
        std::vector<std::string> options{mount.read_only ? "ro" : "rw", mount.propagation.empty() ? "rprivate" : mount.propagation};
        options.insert(options.end(), mount.options.begin(), mount.options.end());
        if (mount.type == MountType::Volume)
            options.insert(options.end(), {"nosuid", "nodev"});
        options.emplace_back(mount.recursive ? "rbind" : "bind");
        texts.push_back(cat(mount.source, ":", mount.target, ":", joined(options)));
    }
    return texts;
}

Json tmpfs(const ContainerConfig& config)
{
    Json json = Json::object();
    for (const MountConfig& mount : config.mounts) {
        if (mount.type != MountType::Tmpfs)
            continue;
        std::vector<std::string> options{mount.read_only ? "ro" : "rw", mount.propagation.empty() ? "rprivate" : mount.propagation};
        for (const char* option : {"nosuid", "nodev"})
            if (std::find(mount.options.begin(), mount.options.end(), option + 2) == mount.options.end() &&
                std::find(mount.options.begin(), mount.options.end(), option) == mount.options.end())
                options.emplace_back(option);
        options.insert(options.end(), mount.options.begin(), mount.options.end());
        if (mount.copy_up)
            options.emplace_back("tmpcopyup");
        json[mount.target] = joined(options);
    }
    return json;
}

Json log_config(const ContainerConfig& config, const std::string& path)
{
    return {{"Type", config.log.driver},
            {"Config", nullptr},
            {"Path", config.log.driver == "none" || config.log.driver == "passthrough" ? "" : path},
            {"Tag", config.log.tag},
            {"Size", config.log.max_size <= 0 ? "0B" : text::format_bytes_decimal(static_cast<std::uint64_t>(config.log.max_size))}};
}

/// What the set has that the default does not (or the other way round).
std::vector<std::string> without(const std::vector<std::string>& these, const std::vector<std::string>& those)
{
    std::vector<std::string> left;
    for (const std::string& one : these)
        if (std::find(those.begin(), those.end(), one) == those.end())
            left.push_back(one);
    return left;
}

/// What was asked for, and the defaults as the container would get them from this session.
Json ulimits(const ContainerConfig& config)
{
    const auto number = [](std::uint64_t limit) {
        return limit > std::numeric_limits<std::int64_t>::max() ? -1 : static_cast<std::int64_t>(limit);
    };
    Json json = Json::array();
    for (const oci::SpecRlimit& limit : runtime::make_rlimits(config, runtime::current_rlimit_ceiling()))
        json.push_back({{"Name", limit.type}, {"Soft", number(limit.soft)}, {"Hard", number(limit.hard)}});
    return json;
}

Json devices(const ContainerConfig& config)
{
    Json json = Json::array();
    for (const DeviceConfig& device : config.devices)
        json.push_back(
            {{"PathOnHost", device.host_path}, {"PathInContainer", device.container_path}, {"CgroupPermissions", device.access}});
    for (const std::string& name : config.cdi_devices)
        json.push_back({{"PathOnHost", name}, {"PathInContainer", ""}, {"CgroupPermissions", ""}});
    return json;
}

Json id_mappings(const IdMap& map)
{
    const auto texts = [](const std::vector<IdRange>& ranges) {
        std::vector<std::string> all;
        for (const IdRange& range : ranges)
            all.push_back(cat(range.inside, ":", range.outside, ":", range.size));
        return all;
    };
    return {{"UidMap", texts(map.uids)}, {"GidMap", texts(map.gids)}};
}

std::int64_t nano_cpus(const ResourceLimits& limits)
{
    constexpr std::int64_t one_cpu = 1'000'000'000;
    if (!limits.cpu_quota_us || !limits.cpu_period_us || *limits.cpu_period_us == 0 || *limits.cpu_quota_us <= 0)
        return 0;
    return *limits.cpu_quota_us * one_cpu / static_cast<std::int64_t>(*limits.cpu_period_us);
}

/// null when there are none, as Podman has it.
Json device_limits(const std::vector<DeviceLimit>& limits, const char* what)
{
    Json json;
    for (const DeviceLimit& limit : limits)
        json.push_back({{"Path", limit.path}, {what, limit.value}});
    return json;
}

void add_limits(Json& json, const ContainerConfig& config)
{
    const ResourceLimits& limits = config.limits;
    json["CpuShares"] = limits.cpu_shares.value_or(0);
    json["Memory"] = limits.memory_bytes.value_or(0);
    json["NanoCpus"] = nano_cpus(limits);
    json["CgroupParent"] = config.cgroup_parent;
    json["BlkioWeight"] = limits.io_weight.value_or(0);
    json["BlkioWeightDevice"] = device_limits(limits.io_device_weights, "Weight");
    json["BlkioDeviceReadBps"] = device_limits(limits.io_read_bps, "Rate");
    json["BlkioDeviceWriteBps"] = device_limits(limits.io_write_bps, "Rate");
    json["BlkioDeviceReadIOps"] = device_limits(limits.io_read_iops, "Rate");
    json["BlkioDeviceWriteIOps"] = device_limits(limits.io_write_iops, "Rate");
    json["CpuPeriod"] = limits.cpu_period_us.value_or(0);
    json["CpuQuota"] = limits.cpu_quota_us.value_or(0);
    json["CpuRealtimePeriod"] = 0;
    json["CpuRealtimeRuntime"] = 0;
    json["CpusetCpus"] = limits.cpuset_cpus;
    json["CpusetMems"] = limits.cpuset_mems;
    json["Devices"] = devices(config);
    json["DiskQuota"] = 0;
    json["KernelMemory"] = 0;
    json["MemoryReservation"] = limits.memory_reservation_bytes.value_or(0);
    json["MemorySwap"] = limits.memory_swap_bytes.value_or(0);
    json["MemorySwappiness"] = 0;
    json["OomKillDisable"] = false;
    if (config.init)
        json["Init"] = true;
    json["PidsLimit"] = std::max<std::int64_t>(limits.pids.value_or(0), 0);
    json["Ulimits"] = ulimits(config);
    for (const char* windows : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"})
        json[windows] = 0;
    json["CgroupConf"] = limits.unified.empty() ? Json(nullptr) : Json(limits.unified);
}

Json restart_policy(const RestartPolicy& policy)
{
    const std::string text = to_string(policy);
    Json json{{"Name", text.substr(0, text.find(':'))}, {"MaximumRetryCount", policy.max_retries}};
    if (policy.delay.count() != 0)
        json["Delay"] = policy.delay.count();
    if (policy.window.count() != 0)
        json["Window"] = policy.window.count();
    return json;
}

} // namespace

Json make_host_config_document(const ContainerConfig& config, const HostFacts& facts)
{
    const SecurityConfig& security = config.security;
    const std::vector<std::string> usual = runtime::make_capabilities({}, {}, false);
    Json json;
    json["Binds"] = binds(config);
    if (config.cgroups != "disabled")
        json["CgroupManager"] = facts.cgroup_manager;
    json["CgroupMode"] = mode_text(config.cgroup);
    json["ContainerIDFile"] = config.cid_file;
    json["LogConfig"] = log_config(config, facts.log_path);
    json["NetworkMode"] = config.network.name;
    json["PortBindings"] = make_port_bindings(config.network);
    json["RestartPolicy"] = restart_policy(config.restart);
    json["AutoRemove"] = config.auto_remove;
    json["AutoRemoveImage"] = config.auto_remove_image;
    json["Annotations"] = config.annotations.empty() ? Json(nullptr) : Json(config.annotations);
    json["VolumeDriver"] = "";
    json["VolumesFrom"] = config.volumes_from.empty() ? Json(nullptr) : Json(config.volumes_from);
    json["CapAdd"] = security.privileged ? std::vector<std::string>{} : without(security.capabilities, usual);
    json["CapDrop"] = security.privileged ? std::vector<std::string>{} : without(usual, security.capabilities);
    json["Dns"] = config.network.dns;
    json["DnsOptions"] = config.network.dns_options;
    json["DnsSearch"] = config.network.dns_search;
    json["ExtraHosts"] = config.network.add_hosts;
    json["HostsFile"] = config.network.hosts_file;
    json["GroupAdd"] = config.groups;
    json["IpcMode"] = mode_text(config.ipc);
    json["Cgroup"] = "";
    json["Cgroups"] = config.cgroups == "enabled" ? "default" : config.cgroups;
    json["Links"] = nullptr;
    json["OomScoreAdj"] = config.oom_score_adj.value_or(0);
    json["PidMode"] = mode_text(config.pid);
    json["Privileged"] = security.privileged;
    json["PublishAllPorts"] = config.network.publish_all;
    json["ReadonlyRootfs"] = config.read_only;
    json["SecurityOpt"] = security.options;
    json["Tmpfs"] = tmpfs(config);
    json["UTSMode"] = mode_text(config.uts);
    json["UsernsMode"] = userns_text(config);
    if (!config.id_map.empty())
        json["IDMappings"] = id_mappings(config.id_map);
    json["ShmSize"] = config.shm_size_bytes;
    json["Runtime"] = "oci";
    json["ConsoleSize"] = {0, 0};
    json["Isolation"] = "";
    add_limits(json, config);
    return json;
}

} // namespace skiff::engine
