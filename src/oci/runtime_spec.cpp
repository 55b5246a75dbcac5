#include "oci/runtime_spec.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::oci {
namespace {

using Json = nlohmann::ordered_json;

/// Leaves `value` as it is when the field is missing.
template <typename Value>
void read(const nlohmann::json& object, const char* field, Value& value)
{
    const auto found = object.find(field);
    if (found == object.end() || found->is_null())
        return;
    try {
        found->get_to(value);
    } catch (const nlohmann::json::exception&) {
        throw Error{ErrorKind::Failure, cat("config.json: field ", skiff::quoted(field), " has the wrong type")};
    }
}

template <typename Value>
void read(const nlohmann::json& object, const char* field, std::optional<Value>& value)
{
    const auto found = object.find(field);
    if (found == object.end() || found->is_null())
        return;
    Value plain{};
    read(object, field, plain);
    value = plain;
}

/// An object or list below `field`; an empty one when it is missing.
const nlohmann::json& child(const nlohmann::json& object, const char* field, bool list = false)
{
    static const nlohmann::json no_object = nlohmann::json::object();
    static const nlohmann::json no_list = nlohmann::json::array();
    const auto found = object.find(field);
    if (found == object.end() || found->is_null())
        return list ? no_list : no_object;
    if (list ? !found->is_array() : !found->is_object())
        throw Error{ErrorKind::Failure, cat("config.json: field ", skiff::quoted(field), " has the wrong type")};
    return *found;
}

template <typename Value>
void put(Json& object, const char* field, const std::optional<Value>& value)
{
    if (value)
        object[field] = *value;
}

template <typename Value>
void put_unless_empty(Json& object, const char* field, const Value& value)
{
    if (!value.empty())
        object[field] = value;
}

// process

Json make_json(const SpecProcess& process)
{
    Json user{{"uid", process.user.uid}, {"gid", process.user.gid}};
    put(user, "umask", process.user.umask);
    put_unless_empty(user, "additionalGids", process.user.additional_gids);
    Json json{{"terminal", process.terminal}};
    if (process.console_size)
        json["consoleSize"] = {{"height", process.console_size->height}, {"width", process.console_size->width}};
    json["user"] = user;
    json["args"] = process.args;
    json["env"] = process.env;
    json["cwd"] = process.cwd;
    Json capabilities = Json::object();
    put_unless_empty(capabilities, "bounding", process.capabilities.bounding);
    put_unless_empty(capabilities, "effective", process.capabilities.effective);
    put_unless_empty(capabilities, "inheritable", process.capabilities.inheritable);
    put_unless_empty(capabilities, "permitted", process.capabilities.permitted);
    put_unless_empty(capabilities, "ambient", process.capabilities.ambient);
    json["capabilities"] = capabilities;
    if (!process.rlimits.empty()) {
        Json limits = Json::array();
        for (const SpecRlimit& limit : process.rlimits)
            limits.push_back({{"type", limit.type}, {"hard", limit.hard}, {"soft", limit.soft}});
        json["rlimits"] = limits;
    }
    json["noNewPrivileges"] = process.no_new_privileges;
    put(json, "oomScoreAdj", process.oom_score_adj);
    return json;
}

// mounts and hooks

Json make_json(const std::vector<SpecHook>& hooks)
{
    Json list = Json::array();
    for (const SpecHook& hook : hooks) {
        Json json{{"path", hook.path}};
        put_unless_empty(json, "args", hook.args);
        put_unless_empty(json, "env", hook.env);
        put(json, "timeout", hook.timeout_s);
        list.push_back(json);
    }
    return list;
}

std::vector<SpecHook> read_hooks(const nlohmann::json& object, const char* field)
{
    std::vector<SpecHook> hooks;
    for (const nlohmann::json& json : child(object, field, true)) {
        SpecHook hook;
        read(json, "path", hook.path);
        read(json, "args", hook.args);
        read(json, "env", hook.env);
        read(json, "timeout", hook.timeout_s);
        if (!hook.path.starts_with('/'))
            throw Error{ErrorKind::Failure,
                        cat("config.json: the path of a hook is not absolute: ", skiff::quoted(hook.path))};
        hooks.push_back(std::move(hook));
    }
    return hooks;
}

// linux

Json make_json(const std::vector<SpecIdMapping>& mappings)
{
    Json list = Json::array();
    for (const SpecIdMapping& mapping : mappings)
        list.push_back({{"containerID", mapping.container_id}, {"hostID", mapping.host_id}, {"size", mapping.size}});
    return list;
}

std::vector<SpecIdMapping> read_mappings(const nlohmann::json& object, const char* field)
{
    std::vector<SpecIdMapping> mappings;
    for (const nlohmann::json& json : child(object, field, true)) {
        SpecIdMapping mapping;
        read(json, "containerID", mapping.container_id);
        read(json, "hostID", mapping.host_id);
        read(json, "size", mapping.size);
        mappings.push_back(mapping);
    }
    return mappings;
}

Json make_json(const SpecResources& resources)
{
    Json memory = Json::object();
    put(memory, "limit", resources.memory_limit);
    put(memory, "reservation", resources.memory_reservation);
    put(memory, "swap", resources.memory_swap);
    Json cpu = Json::object();
    put(cpu, "shares", resources.cpu_shares);
    put(cpu, "quota", resources.cpu_quota);
    put(cpu, "period", resources.cpu_period);
    put_unless_empty(cpu, "cpus", resources.cpuset_cpus);
    put_unless_empty(cpu, "mems", resources.cpuset_mems);
    Json json = Json::object();
    put_unless_empty(json, "memory", memory);
    put_unless_empty(json, "cpu", cpu);
    if (resources.pids_limit)
        json["pids"] = {{"limit", *resources.pids_limit}};
    put_unless_empty(json, "unified", resources.unified);
    return json;
}

SpecResources read_resources(const nlohmann::json& json)
{
    SpecResources resources;
    const nlohmann::json& memory = child(json, "memory");
    read(memory, "limit", resources.memory_limit);
    read(memory, "reservation", resources.memory_reservation);
    read(memory, "swap", resources.memory_swap);
    const nlohmann::json& cpu = child(json, "cpu");
    read(cpu, "shares", resources.cpu_shares);
    read(cpu, "quota", resources.cpu_quota);
    read(cpu, "period", resources.cpu_period);
    read(cpu, "cpus", resources.cpuset_cpus);
    read(cpu, "mems", resources.cpuset_mems);
    read(child(json, "pids"), "limit", resources.pids_limit);
    read(json, "unified", resources.unified);
    return resources;
}

Json make_json(const SpecSeccomp& seccomp)
{
    Json json{{"defaultAction", seccomp.default_action}};
    put(json, "defaultErrnoRet", seccomp.default_errno_ret);
    put_unless_empty(json, "architectures", seccomp.architectures);
    put_unless_empty(json, "flags", seccomp.flags);
    Json rules = Json::array();
    for (const SeccompRule& rule : seccomp.syscalls) {
        Json entry{{"names", rule.names}, {"action", rule.action}};
        put(entry, "errnoRet", rule.errno_ret);
        Json args = Json::array();
        for (const SeccompArg& arg : rule.args)
            args.push_back({{"index", arg.index}, {"value", arg.value}, {"valueTwo", arg.value_two}, {"op", arg.op}});
        put_unless_empty(entry, "args", args);
        rules.push_back(entry);
    }
    json["syscalls"] = rules;
    return json;
}

SpecSeccomp read_seccomp(const nlohmann::json& json)
{
    SpecSeccomp seccomp;
    read(json, "defaultAction", seccomp.default_action);
    read(json, "defaultErrnoRet", seccomp.default_errno_ret);
    read(json, "architectures", seccomp.architectures);
    read(json, "flags", seccomp.flags);
    for (const nlohmann::json& entry : child(json, "syscalls", true)) {
        SeccompRule rule;
        read(entry, "names", rule.names);
        read(entry, "action", rule.action);
        read(entry, "errnoRet", rule.errno_ret);
        for (const nlohmann::json& item : child(entry, "args", true)) {
            SeccompArg arg;
            read(item, "index", arg.index);
            read(item, "value", arg.value);
            read(item, "valueTwo", arg.value_two);
            read(item, "op", arg.op);
            rule.args.push_back(arg);
        }
        seccomp.syscalls.push_back(std::move(rule));
    }
    return seccomp;
}

Json make_linux(const RuntimeSpec& spec)
{
    Json json = Json::object();
    if (!spec.uid_mappings.empty())
        json["uidMappings"] = make_json(spec.uid_mappings);
    if (!spec.gid_mappings.empty())
        json["gidMappings"] = make_json(spec.gid_mappings);
    put_unless_empty(json, "sysctl", spec.sysctl);
    if (!spec.resources.empty())
        json["resources"] = make_json(spec.resources);
    put_unless_empty(json, "cgroupsPath", spec.cgroups_path);
    Json namespaces = Json::array();
    for (const SpecNamespace& space : spec.namespaces) {
        Json entry{{"type", space.type}};
        put_unless_empty(entry, "path", space.path);
        namespaces.push_back(entry);
    }
    json["namespaces"] = namespaces;
    Json devices = Json::array();
    for (const SpecDevice& device : spec.devices) {
        Json entry{{"path", device.path}, {"type", device.type}, {"major", device.major}, {"minor", device.minor}};
        put(entry, "fileMode", device.file_mode);
        put(entry, "uid", device.uid);
        put(entry, "gid", device.gid);
        devices.push_back(entry);
    }
    put_unless_empty(json, "devices", devices);
    if (spec.seccomp)
        json["seccomp"] = make_json(*spec.seccomp);
    put_unless_empty(json, "rootfsPropagation", spec.rootfs_propagation);
    put_unless_empty(json, "maskedPaths", spec.masked_paths);
    put_unless_empty(json, "readonlyPaths", spec.readonly_paths);
    return json;
}

void read_linux(const nlohmann::json& json, RuntimeSpec& spec)
{
    spec.uid_mappings = read_mappings(json, "uidMappings");
    spec.gid_mappings = read_mappings(json, "gidMappings");
    read(json, "sysctl", spec.sysctl);
    spec.resources = read_resources(child(json, "resources"));
    read(json, "cgroupsPath", spec.cgroups_path);
    for (const nlohmann::json& entry : child(json, "namespaces", true)) {
        SpecNamespace space;
        read(entry, "type", space.type);
        read(entry, "path", space.path);
        spec.namespaces.push_back(std::move(space));
    }
    for (const nlohmann::json& entry : child(json, "devices", true)) {
        SpecDevice device;
        read(entry, "path", device.path);
        read(entry, "type", device.type);
        read(entry, "major", device.major);
        read(entry, "minor", device.minor);
        read(entry, "fileMode", device.file_mode);
        read(entry, "uid", device.uid);
        read(entry, "gid", device.gid);
        spec.devices.push_back(std::move(device));
    }
    if (json.contains("seccomp") && !json["seccomp"].is_null())
        spec.seccomp = read_seccomp(child(json, "seccomp"));
    read(json, "rootfsPropagation", spec.rootfs_propagation);
    read(json, "maskedPaths", spec.masked_paths);
    read(json, "readonlyPaths", spec.readonly_paths);
}

nlohmann::json parse_text(const std::string& text)
{
    constexpr int deepest = 64;
    const auto limit = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > deepest)
            throw Error{ErrorKind::Failure, "config.json is nested too deeply"};
        return true;
    };
    try {
        nlohmann::json json = nlohmann::json::parse(text, limit);
        if (json.is_object())
            return json;
    } catch (const nlohmann::json::exception&) {
        throw Error{ErrorKind::Failure, "config.json is not a JSON document"};
    }
    throw Error{ErrorKind::Failure, "config.json is not a JSON object"};
}

} // namespace

bool SpecResources::empty() const
{
    return !memory_limit && !memory_reservation && !memory_swap && !cpu_shares && !cpu_period && !cpu_quota &&
           cpuset_cpus.empty() && cpuset_mems.empty() && !pids_limit && unified.empty();
}

const SpecNamespace* RuntimeSpec::find_namespace(const std::string& type) const
{
    const auto found = std::find_if(namespaces.begin(), namespaces.end(),
                                    [&](const SpecNamespace& space) { return space.type == type; });
    return found == namespaces.end() ? nullptr : &*found;
}

nlohmann::ordered_json make_json(const RuntimeSpec& spec)
{
    Json json{{"ociVersion", spec.oci_version}};
    json["process"] = make_json(spec.process);
    json["root"] = {{"path", spec.root_path}, {"readonly", spec.root_readonly}};
    put_unless_empty(json, "hostname", spec.hostname);
    put_unless_empty(json, "domainname", spec.domainname);
    Json mounts = Json::array();
    for (const SpecMount& mount : spec.mounts) {
        Json entry{{"destination", mount.destination}};
        put_unless_empty(entry, "type", mount.type);
        put_unless_empty(entry, "source", mount.source);
        put_unless_empty(entry, "options", mount.options);
        mounts.push_back(entry);
    }
    json["mounts"] = mounts;
    if (!spec.hooks.empty()) {
        Json hooks = Json::object();
        const auto put_hooks = [&](const char* field, const std::vector<SpecHook>& list) {
            if (!list.empty())
                hooks[field] = make_json(list);
        };
        put_hooks("prestart", spec.hooks.prestart);
        put_hooks("createRuntime", spec.hooks.create_runtime);
        put_hooks("createContainer", spec.hooks.create_container);
        put_hooks("startContainer", spec.hooks.start_container);
        put_hooks("poststart", spec.hooks.poststart);
        put_hooks("poststop", spec.hooks.poststop);
        json["hooks"] = hooks;
    }
    put_unless_empty(json, "annotations", spec.annotations);
    json["linux"] = make_linux(spec);
    return json;
}

SpecProcess parse_process(const nlohmann::json& json)
{
    SpecProcess process;
    read(json, "terminal", process.terminal);
    if (const nlohmann::json& size = child(json, "consoleSize"); !size.empty()) {
        ConsoleSize console;
        read(size, "height", console.height);
        read(size, "width", console.width);
        process.console_size = console;
    }
    const nlohmann::json& user = child(json, "user");
    read(user, "uid", process.user.uid);
    read(user, "gid", process.user.gid);
    read(user, "umask", process.user.umask);
    read(user, "additionalGids", process.user.additional_gids);
    read(json, "args", process.args);
    read(json, "env", process.env);
    read(json, "cwd", process.cwd);
    if (!process.cwd.starts_with('/'))
        throw Error{ErrorKind::Failure, "config.json: field 'cwd' is not an absolute path"};
    const nlohmann::json& capabilities = child(json, "capabilities");
    read(capabilities, "bounding", process.capabilities.bounding);
    read(capabilities, "effective", process.capabilities.effective);
    read(capabilities, "inheritable", process.capabilities.inheritable);
    read(capabilities, "permitted", process.capabilities.permitted);
    read(capabilities, "ambient", process.capabilities.ambient);
    for (const nlohmann::json& entry : child(json, "rlimits", true)) {
        SpecRlimit limit;
        read(entry, "type", limit.type);
        read(entry, "hard", limit.hard);
        read(entry, "soft", limit.soft);
        process.rlimits.push_back(std::move(limit));
    }
    read(json, "noNewPrivileges", process.no_new_privileges);
    read(json, "oomScoreAdj", process.oom_score_adj);
    return process;
}

RuntimeSpec parse_runtime_spec(const std::string& text)
{
    const nlohmann::json json = parse_text(text);
    RuntimeSpec spec;
    read(json, "ociVersion", spec.oci_version);
    if (!json.contains("root"))
        throw Error{ErrorKind::Failure, "config.json: field 'root' is missing"};
    if (json.contains("process"))
        spec.process = parse_process(child(json, "process"));
    const nlohmann::json& root = child(json, "root");
    read(root, "path", spec.root_path);
    read(root, "readonly", spec.root_readonly);
    read(json, "hostname", spec.hostname);
    read(json, "domainname", spec.domainname);
    for (const nlohmann::json& entry : child(json, "mounts", true)) {
        SpecMount mount;
        read(entry, "destination", mount.destination);
        read(entry, "type", mount.type);
        read(entry, "source", mount.source);
        read(entry, "options", mount.options);
        spec.mounts.push_back(std::move(mount));
    }
    const nlohmann::json& hooks = child(json, "hooks");
    spec.hooks.prestart = read_hooks(hooks, "prestart");
    spec.hooks.create_runtime = read_hooks(hooks, "createRuntime");
    spec.hooks.create_container = read_hooks(hooks, "createContainer");
    spec.hooks.start_container = read_hooks(hooks, "startContainer");
    spec.hooks.poststart = read_hooks(hooks, "poststart");
    spec.hooks.poststop = read_hooks(hooks, "poststop");
    read(json, "annotations", spec.annotations);
    read_linux(child(json, "linux"), spec);
    return spec;
}

} // namespace skiff::oci
