#include "engine/settings.hpp"

#include "base/configuration.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <toml++/toml.h>

namespace skiff::engine {
namespace {

std::optional<std::string> environment(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return std::string{value};
}

/// One table of a file: every read names the key in its error.
class Section
{
  public:
    Section(const toml::table& document, const char* name, const std::string& file)
        : table_{document[name].as_table()}, name_{name}, file_{file}
    {
    }

    void read(const char* key, std::optional<std::string>& into) const
    {
        if (const auto* node = find(key))
            into = expect<std::string>(key, *node, "a string");
    }
    void read(const char* key, std::optional<std::int64_t>& into) const
    {
        if (const auto* node = find(key))
            into = expect<std::int64_t>(key, *node, "an integer");
    }
    void read(const char* key, std::optional<bool>& into) const
    {
        if (const auto* node = find(key))
            into = expect<bool>(key, *node, "true or false");
    }
    /// containers.conf: `{append=true}` as the last element adds to what earlier files gave.
    void read(const char* key, std::vector<std::string>& into) const
    {
        const auto* node = find(key);
        if (node == nullptr)
            return;
        const auto* array = node->as_array();
        if (array == nullptr)
            complain(key, *node, "a list of strings");
        const bool append = std::any_of(array->begin(), array->end(), [](const toml::node& element) {
            const auto* options = element.as_table();
            return options != nullptr && (*options)["append"].value_or(false);
        });
        if (!append)
            into.clear();
        for (const toml::node& element : *array)
            if (!element.is_table())
                into.push_back(expect<std::string>(key, element, "a list of strings"));
    }
    void read(const char* key, std::optional<std::vector<std::string>>& into) const
    {
        if (find(key) == nullptr)
            return;
        std::vector<std::string> values = into.value_or(std::vector<std::string>{});
        read(key, values);
        into = std::move(values);
    }

    /// [{"base" = "10.89.0.0/16", "size" = 24}, ...]
    void read(const char* key, std::optional<std::vector<SubnetPool>>& into) const
    {
        const auto* node = find(key);
        if (node == nullptr)
            return;
        constexpr const char* wanted = "a list of tables with base and size";
        const auto* array = node->as_array();
        if (array == nullptr)
            complain(key, *node, wanted);
        into.emplace();
        for (const toml::node& element : *array) {
            const auto* pool = element.as_table();
            const auto base = pool == nullptr ? std::nullopt : (*pool)["base"].value_exact<std::string>();
            const auto size = pool == nullptr ? std::nullopt : (*pool)["size"].value_exact<std::int64_t>();
            if (!base || !size)
                complain(key, element, wanted);
            into->push_back({*base, *size});
        }
    }

  private:
    [[nodiscard]] const toml::node* find(const char* key) const { return table_ == nullptr ? nullptr : table_->get(key); }

    [[noreturn]] void complain(const char* key, const toml::node& node, const char* wanted) const
    {
        throw Error{ErrorKind::Failure, cat("reading ", quoted(file_), " line ", node.source().begin.line, ": ", name_, ".", key,
                                            " must be ", wanted)};
    }
    template <typename Value>
    Value expect(const char* key, const toml::node& node, const char* wanted) const
    {
        const auto value = node.value_exact<Value>();
        if (!value)
            complain(key, node, wanted);
        return *value;
    }

    const toml::table* table_;
    const char* name_;
    const std::string& file_;
};

void read_containers(const Section& section, Settings& s)
{
    section.read("default_ulimits", s.default_ulimits);
    section.read("env", s.env);
    section.read("volumes", s.volumes);
    section.read("mounts", s.mounts);
    section.read("devices", s.devices);
    section.read("dns_servers", s.dns_servers);
    section.read("dns_options", s.dns_options);
    section.read("dns_searches", s.dns_searches);
    section.read("annotations", s.annotations);
    section.read("default_sysctls", s.default_sysctls);
    section.read("default_capabilities", s.default_capabilities);
    section.read("log_driver", s.log_driver);
    section.read("log_tag", s.log_tag);
    section.read("log_path", s.log_path);
    section.read("tz", s.timezone);
    section.read("ipcns", s.ipc);
    section.read("userns", s.userns);
    section.read("utsns", s.uts);
    section.read("pidns", s.pid);
    section.read("cgroupns", s.cgroupns);
    section.read("cgroups", s.cgroups);
    section.read("umask", s.umask);
    section.read("seccomp_profile", s.seccomp_profile);
    section.read("base_hosts_file", s.base_hosts_file);
    section.read("host_containers_internal_ip", s.host_containers_internal_ip);
    section.read("shm_size", s.shm_size);
    section.read("oom_score_adj", s.oom_score_adj);
    section.read("pids_limit", s.pids_limit);
    section.read("log_size_max", s.log_size_max);
    section.read("init", s.init);
    section.read("no_hosts", s.no_hosts);
    section.read("no_hostname", s.no_hostname);
    section.read("read_only", s.read_only);
    section.read("http_proxy", s.http_proxy);
    section.read("env_host", s.env_host);
    section.read("privileged", s.privileged);
}

void read_engine(const Section& section, Settings& s)
{
    section.read("events_logger", s.events_logger);
    section.read("events_logfile_path", s.events_logfile_path);
    section.read("events_container_create_inspect_data", s.events_container_create_inspect_data);
    section.read("healthcheck_events", s.healthcheck_events);
    section.read("cgroup_manager", s.cgroup_manager);
    section.read("image_volume_mode", s.image_volume_mode);
    section.read("image_default_transport", s.image_default_transport);
    section.read("runtime", s.runtime);
    section.read("pull_policy", s.pull_policy);
    section.read("volume_path", s.volume_path);
    section.read("stop_timeout", s.stop_timeout);
    section.read("hooks_dir", s.hooks_dir);
    section.read("cdi_spec_dirs", s.cdi_spec_dirs);
    section.read("env", s.engine_env);
    section.read("retry", s.retry);
    section.read("retry_delay", s.retry_delay);
}

/// The same without its lines of comment, of which the files that distributions bring mostly consist: every start reads them, and to parse
/// them is a twentieth of it. Lines keep their numbers.
std::string without_comments(const std::string& text)
{
    if (text.find("\"\"\"") != std::string::npos || text.find("'''") != std::string::npos)
        return text; // a line that looks like a comment may be a string's
    std::string kept;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        const std::size_t first = text.find_first_not_of(" \t", begin);
        if (first >= end || text[first] != '#')
            kept.append(text, begin, end - begin);
        else
            kept += '\n';
        begin = end;
    }
    return kept;
}

/// False when there is no such file.
bool read_document(const std::string& path, toml::table& document)
{
    const auto text = find_configuration(path);
    if (!text)
        return false;
    try {
        document = toml::parse(without_comments(*text), path);
    } catch (const toml::parse_error& problem) {
        throw Error{ErrorKind::Failure, cat("reading ", quoted(path), " line ", problem.source().begin.line, ": ",
                                            std::string{problem.description()})};
    }
    return true;
}

bool read_containers_conf(const std::string& path, Settings& settings)
{
    toml::table document;
    if (!read_document(path, document))
        return false;
    settings.files.push_back(path);
    read_containers({document, "containers", path}, settings);
    read_engine({document, "engine", path}, settings);
    if (const auto* plugins = document["engine"]["volume_plugins"].as_table())
        for (const auto& [name, unused] : *plugins)
            settings.volume_plugins.emplace_back(name.str());
    const Section network{document, "network", path};
    network.read("default_rootless_network_cmd", settings.default_rootless_network_cmd);
    network.read("default_host_ips", settings.default_host_ips);
    network.read("default_subnet_pools", settings.default_subnet_pools);
    return true;
}

void read_drop_ins(const std::string& directory, Settings& settings)
{
    for (const std::string& path : list_drop_ins(directory, ".conf"))
        read_containers_conf(path, settings);
}

/// Of the machine's own files only what all users may share; drivers and places in them are those of root's Podman.
enum class StorageConf { Users, Machines };

void read_storage_conf(const std::string& path, StorageConf whose, Settings& settings)
{
    toml::table document;
    if (!read_document(path, document))
        return;
    settings.files.push_back(path);
    if (const auto* options = document["storage"]["options"].as_table()) {
        const toml::table wrapped{{"options", *options}};
        Section{wrapped, "options", path}.read("additionalimagestores", settings.additional_image_stores);
    }
    if (whose == StorageConf::Machines)
        return;
    const Section storage{document, "storage", path};
    storage.read("driver", settings.storage_driver);
    storage.read("rootless_storage_path", settings.rootless_storage_path);
}

void read_storage_confs(const SettingsPlaces& places, Settings& settings)
{
    if (places.storage_conf) {
        read_storage_conf(*places.storage_conf, StorageConf::Users, settings);
        return;
    }
    read_storage_conf(places.system_root + "/usr/share/containers/storage.conf", StorageConf::Machines, settings);
    read_storage_conf(places.system_root + "/etc/containers/storage.conf", StorageConf::Machines, settings);
    if (!places.config_home.empty())
        read_storage_conf(places.config_home + "/containers/storage.conf", StorageConf::Users, settings);
}

} // namespace

SettingsPlaces SettingsPlaces::from_environment()
{
    SettingsPlaces places;
    if (const auto config_home = environment("XDG_CONFIG_HOME"))
        places.config_home = *config_home;
    else if (const auto home = environment("HOME"))
        places.config_home = *home + "/.config";
    places.conf = environment("CONTAINERS_CONF");
    places.conf_override = environment("CONTAINERS_CONF_OVERRIDE");
    places.storage_conf = environment("CONTAINERS_STORAGE_CONF");
    return places;
}

Settings load_settings(const SettingsPlaces& places)
{
    Settings settings;
    const std::string& root = places.system_root;
    const std::string user = places.config_home.empty() ? "" : places.config_home + "/containers";
    if (places.conf) {
        if (!read_containers_conf(*places.conf, settings))
            throw Error{ENOENT, cat("reading ", quoted(*places.conf), " (CONTAINERS_CONF)")};
    } else {
        read_containers_conf(root + "/usr/share/containers/containers.conf", settings);
        read_containers_conf(root + "/etc/containers/containers.conf", settings);
        read_drop_ins(root + "/etc/containers/containers.conf.d", settings);
        if (!user.empty()) {
            read_containers_conf(user + "/containers.conf", settings);
            read_drop_ins(user + "/containers.conf.d", settings);
        }
    }
    for (const std::string& module : places.modules) {
        const bool found = module.starts_with('/') ? read_containers_conf(module, settings)
                           : (!user.empty() && read_containers_conf(cat(user, "/containers.conf.modules/", module), settings)) ||
                                 read_containers_conf(cat(root, "/etc/containers/containers.conf.modules/", module), settings) ||
                                 read_containers_conf(cat(root, "/usr/share/containers/containers.conf.modules/", module), settings);
        if (!found)
            throw Error{ErrorKind::Usage, cat("could not resolve module ", quoted(module))};
    }
    if (places.conf_override && !read_containers_conf(*places.conf_override, settings))
        throw Error{ENOENT, cat("reading ", quoted(*places.conf_override), " (CONTAINERS_CONF_OVERRIDE)")};

    read_storage_confs(places, settings);
    return settings;
}

std::vector<std::string> load_image_stores(const SettingsPlaces& places)
{
    Settings settings;
    read_storage_confs(places, settings);
    return settings.additional_image_stores;
}

} // namespace skiff::engine
