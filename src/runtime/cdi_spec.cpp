#include "runtime/cdi_spec.hpp"

#include "base/error.hpp"
#include "runtime/hooks.hpp"
#include "text/json_fields.hpp"
#include "text/yaml_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::runtime {
namespace {

using text::JsonFields;

constexpr text::JsonLimits file_limits{4U << 20U, 32, 100'000};

// Names

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Begins and ends with a letter or digit; `marks` may stand between.
bool is_word(std::string_view text, std::string_view marks)
{
    const auto is_end = [](char c) { return is_letter(c) || is_digit(c); };
    return !text.empty() && is_end(text.front()) && is_end(text.back()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_end(c) || marks.find(c) != std::string_view::npos; });
}

bool is_kind(std::string_view text)
{
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_letter(text.front()) && is_word(text.substr(0, slash), "_-.") &&
           slash + 1 < text.size() && is_letter(text[slash + 1]) && is_word(text.substr(slash + 1), "_-.");
}

bool is_device_name(std::string_view text) { return is_word(text, "_-.:"); }

// Files

/// A field that we do not know could be one that the device does not work without.
void require_known(const JsonFields& fields, std::initializer_list<std::string_view> known)
{
    for (const auto& [key, value] : fields.value().items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw fields.complain(key, "is not supported");
}

std::string absolute_path(const JsonFields& fields, std::string_view key)
{
    std::string path = fields.text(key);
    if (!path.starts_with('/'))
        throw fields.complain(key, "must be an absolute path");
    return path;
}

void read_variables(const JsonFields& fields, CdiEdits& edits)
{
    edits.env = fields.texts("env");
    for (const std::string& variable : edits.env)
        if (variable.find('=') == std::string::npos || variable.front() == '=')
            throw fields.complain("env", "must have the form NAME=value");
}

/// Nodes cannot be made without root: type, numbers and owner are those of the host's own.
DeviceConfig read_device(const JsonFields& fields)
{
    require_known(fields, {"path", "hostPath", "type", "major", "minor", "fileMode", "permissions", "uid", "gid"});
    DeviceConfig device;
    device.container_path = absolute_path(fields, "path");
    device.host_path = fields.has("hostPath") ? absolute_path(fields, "hostPath") : device.container_path;
    device.access = fields.text_or("permissions", "rwm");
    if (device.access.empty() || device.access.find_first_not_of("rwm") != std::string::npos)
        throw fields.complain("permissions", "must consist of r, w and m");
    return device;
}

bool is_propagation(std::string_view option)
{
    if (option.starts_with('r'))
        option.remove_prefix(1);
    return option == "private" || option == "slave" || option == "shared" || option == "unbindable";
}

MountConfig read_mount(const JsonFields& fields)
{
    require_known(fields, {"hostPath", "containerPath", "type", "options"});
    MountConfig mount;
    mount.source = absolute_path(fields, "hostPath");
    mount.target = absolute_path(fields, "containerPath");
    if (const std::string type = fields.text_or("type", "bind"); type != "bind" && !type.empty() && type != "none")
        throw fields.complain("type", "can only be bind");
    mount.recursive = false;
    for (const std::string& option : fields.texts("options"))
        if (option == "ro" || option == "rw")
            mount.read_only = option == "ro";
        else if (option == "rbind")
            mount.recursive = true;
        else if (is_propagation(option))
            mount.propagation = option;
        else if (option == "nosuid" || option == "nodev" || option == "noexec" || option == "suid" || option == "dev" || option == "exec")
            mount.options.push_back(option);
        else if (option != "bind")
            throw fields.complain("options", cat("has an option ", skiff::quoted(option), " that is not supported"));
    return mount;
}

void read_hook(const JsonFields& fields, oci::SpecHooks& hooks)
{
    require_known(fields, {"hookName", "path", "args", "env", "timeout"});
    oci::SpecHook hook;
    hook.path = absolute_path(fields, "path");
    hook.args = fields.texts("args");
    hook.env = fields.texts("env");
    if (const auto timeout = fields.find_unsigned("timeout"))
        hook.timeout_s = static_cast<int>(std::min<std::uint64_t>(*timeout, 1U << 20U));
    add_hook(hooks, fields.text("hookName"), std::move(hook));
}

CdiEdits read_edits(const JsonFields& fields)
{
    require_known(fields, {"env", "deviceNodes", "mounts", "hooks", "additionalGids"});
    CdiEdits edits;
    read_variables(fields, edits);
    for (const JsonFields& node : fields.objects("deviceNodes"))
        edits.devices.push_back(read_device(node));
    for (const JsonFields& mount : fields.objects("mounts"))
        edits.mounts.push_back(read_mount(mount));
    for (const JsonFields& hook : fields.objects("hooks"))
        read_hook(hook, edits.hooks);
    if (const nlohmann::json* groups = fields.find("additionalGids"))
        for (const nlohmann::json& group : groups->is_array() ? *groups : nlohmann::json::array({nullptr})) {
            if (!group.is_number_unsigned() && !(group.is_number_integer() && group.get<std::int64_t>() >= 0))
                throw fields.complain("additionalGids", "must be a list of numbers");
            edits.groups.push_back(std::to_string(group.get<std::uint64_t>()));
        }
    return edits;
}

CdiSpec read_spec(const nlohmann::json& json)
{
    const JsonFields fields{json};
    require_known(fields, {"cdiVersion", "kind", "annotations", "devices", "containerEdits"});
    (void)fields.text("cdiVersion"); // versions have only added fields, and each field is looked at
    CdiSpec spec;
    spec.kind = fields.text("kind");
    if (!is_kind(spec.kind))
        throw fields.complain("kind", "must have the form VENDOR/CLASS");
    if (const auto common = fields.find_object("containerEdits"))
        spec.common = read_edits(*common);
    for (const JsonFields& device : fields.objects("devices")) {
        require_known(device, {"name", "annotations", "containerEdits"});
        const std::string name = device.text("name");
        if (!is_device_name(name))
            throw device.complain("name", "is no name of a device");
        spec.devices.push_back({name, read_edits(device.object("containerEdits"))});
    }
    return spec;
}

} // namespace

bool is_cdi_name(std::string_view text)
{
    const std::size_t equals = text.find('=');
    return equals != std::string_view::npos && is_kind(text.substr(0, equals)) && is_device_name(text.substr(equals + 1));
}

CdiSpec parse_cdi_json(const std::string& text) { return read_spec(text::parse_strict_json(text, file_limits)); }

CdiSpec parse_cdi_yaml(const std::string& text) { return read_spec(text::parse_strict_yaml(text, file_limits)); }

} // namespace skiff::runtime
