#include "frontends/compose/schema.hpp"

#include <stdexcept>

namespace skiff::compose {
namespace {

constexpr std::string_view needs_device_controller = "the device controller is not available to users";
constexpr std::string_view windows = "it exists on Windows only";
constexpr std::string_view cgroup_v1 = "it exists in cgroup v1 only";
constexpr std::string_view no_realtime = "real-time scheduling of cgroups needs root";
constexpr std::string_view one_machine = "there is one machine here, no cluster";
constexpr std::string_view build_service = "it is for remote build services";

constexpr Key key(std::string_view name, Form form, Short shorthand = Short::None)
{
    return {name, form, nullptr, shorthand};
}
constexpr Key path(std::string_view name, Form form) { return {name, form, nullptr, Short::None, true}; }
constexpr Key table(std::string_view name, Form form, const Table& of, Short shorthand = Short::None)
{
    return {name, form, &of, shorthand};
}
constexpr Key ignored(std::string_view name, std::string_view reason)
{
    return {name, Form::Any, nullptr, Short::None, false, reason};
}
constexpr Key refused(std::string_view name, std::string_view reason)
{
    return {name, Form::Any, nullptr, Short::None, false, {}, reason};
}

constexpr Key depends_keys[] = {
    key("condition", Form::Text),
    key("required", Form::Bool),
    key("restart", Form::Bool),
};
constexpr Table depends_table{"depends_on", depends_keys};

constexpr Key limits_keys[] = {
    key("cpus", Form::Real),
    key("memory", Form::Bytes),
    key("pids", Form::Number),
};
constexpr Table limits_table{"limits", limits_keys};

constexpr Key gpu_keys[] = {
    key("capabilities", Form::List), key("count", Form::Text),       key("device_ids", Form::List),
    key("driver", Form::Text),       key("options", Form::Pairs),
};
constexpr Table gpu_table{"device request", gpu_keys};

constexpr Key reservations_keys[] = {
    ignored("cpus", "CPUs are not reserved on one machine; cpu_shares gives them weight"),
    table("devices", Form::Records, gpu_table),
    ignored("generic_resources", one_machine),
    key("memory", Form::Bytes),
};
constexpr Table reservations_table{"reservations", reservations_keys};

constexpr Key resources_keys[] = {
    table("limits", Form::Table, limits_table),
    table("reservations", Form::Table, reservations_table),
};
constexpr Table resources_table{"resources", resources_keys};

constexpr Key restart_policy_keys[] = {
    key("condition", Form::Text),
    key("delay", Form::Duration),
    key("max_attempts", Form::Number),
    key("window", Form::Duration),
};
constexpr Table restart_policy_table{"restart_policy", restart_policy_keys};

constexpr Key deploy_keys[] = {
    ignored("endpoint_mode", one_machine),
    key("labels", Form::Pairs),
    key("mode", Form::Text),
    ignored("placement", one_machine),
    key("replicas", Form::Number),
    table("resources", Form::Table, resources_table),
    table("restart_policy", Form::Table, restart_policy_table),
    ignored("rollback_config", one_machine),
    ignored("update_config", one_machine),
};
constexpr Table deploy_table{"deploy", deploy_keys};

constexpr Key hook_keys[] = {
    key("command", Form::Words),     key("environment", Form::Pairs), key("privileged", Form::Bool),
    key("user", Form::Text),         key("working_dir", Form::Text),
};
constexpr Table hook_table{"hook", hook_keys};

constexpr Key rule_keys[] = {
    key("action", Form::Text),       table("exec", Form::Table, hook_table), key("ignore", Form::Texts),
    key("include", Form::Texts),     key("initial_sync", Form::Bool),        path("path", Form::Text),
    key("target", Form::Text),
};
constexpr Table rule_table{"watch", rule_keys};
constexpr Key develop_keys[] = {table("watch", Form::Records, rule_table, Short::Rule)};
constexpr Table develop_table{"develop", develop_keys};

constexpr Key device_keys[] = {
    key("permissions", Form::Text),
    key("source", Form::Text),
    key("target", Form::Text),
};
constexpr Table device_table{"device", device_keys};

constexpr Key env_file_keys[] = {
    key("format", Form::Text),
    path("path", Form::Text),
    key("required", Form::Bool),
};
constexpr Table env_file_table{"env_file", env_file_keys};

constexpr Key extends_keys[] = {
    path("file", Form::Text),
    key("service", Form::Text),
};
constexpr Table extends_table{"extends", extends_keys};

constexpr Key healthcheck_keys[] = {
    key("disable", Form::Bool),            key("interval", Form::Duration),     key("retries", Form::Number),
    key("start_interval", Form::Duration), key("start_period", Form::Duration), key("test", Form::Test),
    key("timeout", Form::Duration),
};
constexpr Table healthcheck_table{"healthcheck", healthcheck_keys};

constexpr Key logging_keys[] = {
    key("driver", Form::Text),
    key("options", Form::Pairs),
};
constexpr Table logging_table{"logging", logging_keys};

constexpr Key attachment_keys[] = {
    key("aliases", Form::List),          ignored("driver_opts", "the driver has no options for single containers"),
    key("gw_priority", Form::Number),    key("interface_name", Form::Text), key("ipv4_address", Form::Text),
    key("ipv6_address", Form::Text),     key("link_local_ips", Form::List),
    key("mac_address", Form::Text),      key("priority", Form::Number),
};
constexpr Table attachment_table{"service network", attachment_keys};

constexpr Key port_keys[] = {
    key("app_protocol", Form::Text), key("host_ip", Form::Text),  key("mode", Form::Text),   key("name", Form::Text),
    key("protocol", Form::Text),     key("published", Form::Text), key("target", Form::Number),
};
constexpr Table port_table{"port", port_keys};

constexpr Key file_ref_keys[] = {
    key("gid", Form::Text), key("mode", Form::Text), key("source", Form::Text), key("target", Form::Text), key("uid", Form::Text),
};
constexpr Table file_ref_table{"reference", file_ref_keys};

constexpr Key bind_keys[] = {
    key("create_host_path", Form::Bool), key("propagation", Form::Text), key("recursive", Form::Text), key("selinux", Form::Text),
};
constexpr Table bind_table{"bind", bind_keys};
constexpr Key volume_option_keys[] = {ignored("labels", "anonymous volumes have no labels here"), key("nocopy", Form::Bool), key("subpath", Form::Text)};
constexpr Table volume_option_table{"volume", volume_option_keys};
constexpr Key tmpfs_keys[] = {key("mode", Form::Text), key("size", Form::Bytes)};
constexpr Table tmpfs_table{"tmpfs", tmpfs_keys};
constexpr Key image_mount_keys[] = {key("subpath", Form::Text)};
constexpr Table image_mount_table{"image", image_mount_keys};

constexpr Key mount_keys[] = {
    table("bind", Form::Table, bind_table),
    key("consistency", Form::Text),
    table("image", Form::Table, image_mount_table),
    key("read_only", Form::Bool),
    key("source", Form::Text),
    key("target", Form::Text),
    table("tmpfs", Form::Table, tmpfs_table),
    key("type", Form::Text),
    table("volume", Form::Table, volume_option_table),
};
constexpr Table mount_table{"volume", mount_keys};

constexpr Key build_keys[] = {
    key("additional_contexts", Form::Pairs),
    key("args", Form::Pairs),
    key("cache_from", Form::List),
    key("cache_to", Form::List),
    path("context", Form::Text),
    key("dockerfile", Form::Text),
    key("dockerfile_inline", Form::Text),
    ignored("entitlements", build_service),
    key("extra_hosts", Form::Hosts),
    ignored("isolation", windows),
    key("labels", Form::Pairs),
    key("network", Form::Text),
    key("no_cache", Form::Bool),
    key("no_cache_filter", Form::Texts),
    key("platforms", Form::List),
    ignored("privileged", build_service),
    ignored("provenance", build_service),
    key("pull", Form::Bool),
    ignored("sbom", build_service),
    table("secrets", Form::Records, file_ref_table, Short::FileRef),
    key("shm_size", Form::Bytes),
    key("ssh", Form::Texts),
    key("tags", Form::List),
    key("target", Form::Text),
    key("ulimits", Form::Any, Short::Limit),
};

constexpr Key service_keys[] = {
    key("annotations", Form::Pairs),
    key("attach", Form::Bool),
    ignored("blkio_config", "limits of block devices are not offered here; skiff run has --blkio-weight"),
    table("build", Form::Table, build_table, Short::Build),
    key("cap_add", Form::List),
    key("cap_drop", Form::List),
    key("cgroup", Form::Text),
    ignored("cgroup_parent", "users cannot choose the place of a cgroup"),
    key("command", Form::Words),
    table("configs", Form::Records, file_ref_table, Short::FileRef),
    key("container_name", Form::Text),
    ignored("cpu_count", windows),
    ignored("cpu_percent", windows),
    key("cpu_period", Form::Number),
    key("cpu_quota", Form::Number),
    ignored("cpu_rt_period", no_realtime),
    ignored("cpu_rt_runtime", no_realtime),
    key("cpu_shares", Form::Number),
    key("cpus", Form::Real),
    key("cpuset", Form::Text),
    ignored("credential_spec", windows),
    table("depends_on", Form::Named, depends_table, Short::DependsOn),
    table("deploy", Form::Table, deploy_table),
    table("develop", Form::Table, develop_table),
    ignored("device_cgroup_rules", needs_device_controller),
    table("devices", Form::Records, device_table, Short::Device),
    key("dns", Form::Texts),
    key("dns_opt", Form::List),
    key("dns_search", Form::Texts),
    key("domainname", Form::Text),
    key("entrypoint", Form::Words),
    table("env_file", Form::Records, env_file_table, Short::EnvFile),
    key("environment", Form::Pairs),
    key("expose", Form::List),
    table("extends", Form::Table, extends_table, Short::Extends),
    key("external_links", Form::List),
    key("extra_hosts", Form::Hosts),
    table("gpus", Form::Records, gpu_table, Short::Gpus),
    key("group_add", Form::List),
    table("healthcheck", Form::Table, healthcheck_table),
    key("hostname", Form::Text),
    key("image", Form::Text),
    key("init", Form::Bool),
    key("ipc", Form::Text),
    ignored("isolation", windows),
    path("label_file", Form::Texts),
    key("labels", Form::Pairs),
    key("links", Form::List),
    table("logging", Form::Table, logging_table),
    key("mac_address", Form::Text),
    key("mem_limit", Form::Bytes),
    key("mem_reservation", Form::Bytes),
    ignored("mem_swappiness", cgroup_v1),
    key("memswap_limit", Form::Bytes),
    ignored("models", "there is no model runner here"),
    key("network_mode", Form::Text),
    table("networks", Form::Named, attachment_table),
    ignored("oom_kill_disable", cgroup_v1),
    key("oom_score_adj", Form::Number),
    key("pid", Form::Text),
    key("pids_limit", Form::Number),
    key("platform", Form::Text),
    table("ports", Form::Records, port_table, Short::Port),
    table("post_start", Form::Records, hook_table, Short::Hook),
    refused("pre_start", "init containers are not built yet; use a service of its own with depends_on: "
                         "condition: service_completed_successfully"),
    table("pre_stop", Form::Records, hook_table, Short::Hook),
    key("privileged", Form::Bool),
    key("profiles", Form::List),
    refused("provider", "services of external programs are not built"),
    key("pull_policy", Form::Text),
    ignored("pull_refresh_after", "pull_policy: every_... does the same"),
    key("read_only", Form::Bool),
    key("restart", Form::Text),
    ignored("runtime", "skiff runs containers itself"),
    key("scale", Form::Number),
    table("secrets", Form::Records, file_ref_table, Short::FileRef),
    key("security_opt", Form::List),
    key("shm_size", Form::Bytes),
    key("stdin_open", Form::Bool),
    key("stop_grace_period", Form::Duration),
    key("stop_signal", Form::Text),
    ignored("storage_opt", "container sizes are not limited"),
    key("sysctls", Form::Pairs),
    key("tmpfs", Form::Texts),
    key("tty", Form::Bool),
    key("ulimits", Form::Any, Short::Limit),
    ignored("use_api_socket", "there is no API socket"),
    key("user", Form::Text),
    key("userns_mode", Form::Text),
    key("uts", Form::Text),
    table("volumes", Form::Records, mount_table, Short::Volume),
    key("volumes_from", Form::List),
    key("working_dir", Form::Text),
};

constexpr Key subnet_keys[] = {
    key("aux_addresses", Form::Pairs),
    key("gateway", Form::Text),
    key("ip_range", Form::Text),
    key("subnet", Form::Text),
};
constexpr Table subnet_table{"ipam config", subnet_keys};
constexpr Key ipam_keys[] = {
    table("config", Form::Records, subnet_table, Short::Subnet),
    key("driver", Form::Text),
    ignored("options", "the address management has no options"),
};
constexpr Table ipam_table{"ipam", ipam_keys};
constexpr Key network_keys[] = {
    key("attachable", Form::Bool),   key("driver", Form::Text),        key("driver_opts", Form::Pairs),
    key("enable_ipv4", Form::Bool),  key("enable_ipv6", Form::Bool),   key("external", Form::External),
    key("internal", Form::Bool),     table("ipam", Form::Table, ipam_table), key("labels", Form::Pairs),
    key("name", Form::Text),
};
constexpr Table network_table{"network", network_keys};

constexpr Key volume_keys[] = {
    key("driver", Form::Text), key("driver_opts", Form::Pairs), key("external", Form::External),
    key("labels", Form::Pairs), key("name", Form::Text),
};
constexpr Table volume_table{"volume", volume_keys};

constexpr Key secret_keys[] = {
    refused("driver", "there are no secret drivers"),
    refused("driver_opts", "there are no secret drivers"),
    key("environment", Form::Text),
    key("external", Form::External),
    path("file", Form::Text),
    key("labels", Form::Pairs),
    key("name", Form::Text),
    refused("template_driver", "there are no template drivers"),
};
constexpr Table secret_table{"secret", secret_keys};
constexpr Key config_keys[] = {
    key("content", Form::Text),   key("environment", Form::Text), key("external", Form::External),
    path("file", Form::Text),     key("labels", Form::Pairs),     key("name", Form::Text),
    refused("template_driver", "there are no template drivers"),
};
constexpr Table config_table{"config", config_keys};

constexpr Key include_keys[] = {
    path("env_file", Form::Texts),
    path("path", Form::Texts),
    path("project_directory", Form::Text),
};
constexpr Table include_table{"include", include_keys};

constexpr Key top_keys[] = {
    table("configs", Form::Named, config_table),
    table("include", Form::Records, include_table, Short::Include),
    ignored("models", "there is no model runner here"),
    key("name", Form::Text),
    table("networks", Form::Named, network_table),
    table("secrets", Form::Named, secret_table),
    table("services", Form::Named, service_table),
    key("version", Form::Text),
    table("volumes", Form::Named, volume_table),
};

struct Home
{
    const Table* table;
    std::string_view words;
};
constexpr Home homes[] = {
    {&service_table, "a key of a service: it belongs below services:, under the service's name"},
    {&build_table, "a key of build: indent it below build: (with context: for the directory)"},
    {&healthcheck_table, "a key of healthcheck: indent it below healthcheck:"},
    {&deploy_table, "a key of deploy: indent it below deploy:"},
    {&resources_table, "a key of deploy.resources: indent it below deploy: resources:"},
    {&network_table, "a key of a network: it belongs below networks:, under the network's name"},
};

} // namespace

const Table top_table{"top level", top_keys};
const Table service_table{"service", service_keys};
const Table build_table{"build", build_keys};

const Key* find_key(const Table& table, std::string_view name)
{
    for (const Key& key : table.keys)
        if (key.name == name)
            return &key;
    return nullptr;
}

std::vector<std::string_view> list_keys(const Table& table)
{
    std::vector<std::string_view> names;
    for (const Key& key : table.keys)
        names.push_back(key.name);
    return names;
}

const Key& top_key(std::string_view name)
{
    const Key* key = find_key(top_table, name);
    if (key == nullptr)
        throw std::logic_error{"no such table"};
    return *key;
}

std::string_view find_home(std::string_view name)
{
    for (const Home& home : homes)
        if (find_key(*home.table, name) != nullptr)
            return home.words;
    return {};
}

} // namespace skiff::compose
