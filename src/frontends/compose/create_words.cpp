#include "frontends/compose/create_words.hpp"

#include "frontends/compose/granted_files.hpp"
#include "frontends/compose/labels.hpp"
#include "frontends/compose/option_text.hpp"
#include "text/duration.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

namespace skiff::compose {
namespace {

std::string json_words(const std::vector<Node>& items)
{
    nlohmann::json words = nlohmann::json::array();
    for (const Node& item : items)
        words.push_back(item.text);
    return words.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Seconds, rounded up.
std::string whole_seconds(const std::string& duration)
{
    const auto nanoseconds = text::parse_duration(duration);
    return cat((nanoseconds.count() + 999'999'999) / 1'000'000'000);
}

unsigned read_gpu_count(const Node& count)
{
    constexpr unsigned most = 1024;
    unsigned number = 0;
    const auto [end, failure] = std::from_chars(count.text.data(), count.text.data() + count.text.size(), number);
    if (failure != std::errc{} || *end != '\0' || number > most)
        throw error_at(count.place, cat("a count of devices is a number or all, not ", quoted(count.text)));
    return number;
}

class Words
{
  public:
    Words(const Project& project, const Service& service, const Instance& instance, const OneOff* one_off)
        : project_{project}, service_{service}, node_{service.node}, instance_{instance}, one_off_{one_off}
    {
    }

    std::vector<std::string> make()
    {
        words_ = {"create", "--name", instance_.name, "--pull", "never"};
        add_labels();
        add_environment();
        add_process();
        add_places();
        add_ports();
        add_networks();
        add_mounts();
        for (std::string& word : make_grant_words(project_, service_))
            words_.push_back(std::move(word));
        add_security();
        add_limits();
        add_life();
        add_command();
        return std::move(words_);
    }

  private:
    void add(const char* option, const std::string& value) { words_.push_back(cat("--", option, "=", value)); }

    /// A key whose text is the option's value.
    void add_text(const char* key, const char* option)
    {
        if (const std::string value = node_.text_of(key); !value.empty())
            add(option, value);
    }
    void add_flag(const char* key, const char* option)
    {
        if (node_.flag_of(key))
            words_.push_back(cat("--", option));
    }
    void add_list(const char* key, const char* option, bool commas)
    {
        if (const Node* list = node_.find(key); list != nullptr)
            for (const Node& item : list->items)
                add(option, commas ? csv_field(item.text) : item.text);
    }
    void add_pairs(const Node* pairs, const char* option, bool commas)
    {
        if (pairs != nullptr)
            for (const Node::Entry& entry : pairs->entries)
                add(option, commas ? csv_field(cat(entry.key, "=", entry.value.text)) : cat(entry.key, "=", entry.value.text));
    }

    void label(const char* name, const std::string& value) { add("label", cat(name, "=", value)); }

    void add_labels()
    {
        label(labels::project, project_.name);
        label(labels::service, service_.name);
        label(labels::one_off, one_off_ != nullptr ? "True" : "False");
        label(labels::number, cat(instance_.number));
        label(labels::hash, service_.hash);
        label(labels::version, compose_version);
        label(labels::directory, project_.directory);
        label(labels::files, joined(project_.files, ","));
        if (!project_.env_files.empty())
            label(labels::environment_file, joined(project_.env_files, ","));
        if (!instance_.image_id.empty())
            label(labels::image, cat("sha256:", instance_.image_id));
        std::vector<std::string> depends;
        for (const Dependency& dependency : service_.depends_on)
            depends.push_back(cat(dependency.service, ":", to_string(dependency.condition), ":", dependency.restart ? "true" : "false"));
        label(labels::depends_on, joined(depends, ","));
        std::vector<std::string> hashes;
        for (const auto& [key, hash] : service_.key_hashes)
            hashes.push_back(cat(key, ":", hash));
        label(labels::keys, joined(hashes, ","));
        add_pairs(node_.find("labels"), "label", false);
        if (one_off_ != nullptr) {
            label(labels::slug, one_off_->slug);
            for (const std::string& text : one_off_->labels)
                add("label", text);
        }
        if (const Node* annotations = node_.find("annotations"); annotations != nullptr)
            add_pairs(annotations, "annotation", false);
    }

    void add_environment()
    {
        add_pairs(node_.find("environment"), "env", false);
        if (one_off_ != nullptr)
            for (const std::string& text : one_off_->environment)
                add("env", text);
    }

    void add_process()
    {
        if (one_off_ != nullptr && one_off_->user)
            add("user", *one_off_->user);
        else
            add_text("user", "user");
        if (one_off_ != nullptr && one_off_->working_dir)
            add("workdir", *one_off_->working_dir);
        else
            add_text("working_dir", "workdir");
        add_list("group_add", "group-add", true);
        add_flag("init", "init");
        if (one_off_ != nullptr ? one_off_->tty : node_.flag_of("tty"))
            words_.emplace_back("--tty");
        if (one_off_ != nullptr ? one_off_->interactive : node_.flag_of("stdin_open"))
            words_.emplace_back("--interactive");
        add_text("stop_signal", "stop-signal");
        if (const std::string grace = node_.text_of("stop_grace_period"); !grace.empty())
            add("stop-timeout", whole_seconds(grace));
        add_text("oom_score_adj", "oom-score-adj");
        add_text("platform", "platform");
    }

    /// "service:X" is the first container of X.
    std::string namespace_of(const std::string& key) const
    {
        const std::string value = node_.text_of(key);
        constexpr std::string_view prefix = "service:";
        if (!value.starts_with(prefix))
            return value;
        const Service& other = project_.service(value.substr(prefix.size()));
        return cat("container:", other.container_name_of(project_.name, 1));
    }

    void add_places()
    {
        std::string hostname = node_.text_of("hostname");
        if (const std::string domain = node_.text_of("domainname"); !domain.empty()) {
            if (hostname.empty())
                hostname = service_.name;
            hostname += cat(".", domain);
        }
        if (!hostname.empty())
            add("hostname", hostname);
        for (const auto& [key, option] : {std::pair{"ipc", "ipc"}, std::pair{"pid", "pid"}, std::pair{"uts", "uts"}})
            if (const std::string value = namespace_of(key); !value.empty())
                add(option, value);
        add_text("cgroup", "cgroupns");
        add_text("userns_mode", "userns");
        add_pairs(node_.find("sysctls"), "sysctl", true);
        if (const Node* devices = node_.find("devices"); devices != nullptr)
            for (const Node& device : devices->items) {
                const std::string source = device.text_of("source");
                add("device", source.find('=') != std::string::npos
                                  ? source
                                  : cat(source, ":", device.text_of("target"), ":", device.text_of("permissions")));
            }
        const Node* reserved = deploy("resources", "reservations");
        const Node* reserved_devices = reserved == nullptr ? nullptr : reserved->find("devices");
        for (const Node* requests : {node_.find("gpus"), reserved_devices})
            if (requests != nullptr)
                for (const Node& request : requests->items)
                    add_gpus(request);
    }

    /// Those that are named, or the first `count`, or all. With the driver `cdi` the names are whole.
    void add_gpus(const Node& request)
    {
        if (const Node* ids = request.find("device_ids"); ids != nullptr && !ids->items.empty()) {
            for (const Node& id : ids->items)
                add("gpus", id.text);
            return;
        }
        const Node* count = request.find("count");
        if (count == nullptr || count->text == "all" || count->text == "-1")
            add("gpus", "all");
        else
            for (unsigned number = 0; number < read_gpu_count(*count); ++number)
                add("gpus", std::to_string(number));
    }

    [[nodiscard]] const Node* deploy(const char* first, const char* second = nullptr) const
    {
        const Node* node = node_.find("deploy");
        node = node == nullptr ? nullptr : node->find(first);
        return node == nullptr || second == nullptr ? node : node->find(second);
    }

    void add_ports()
    {
        if (one_off_ != nullptr)
            for (const std::string& text : one_off_->publish)
                add("publish", text);
        if (const Node* expose = node_.find("expose"); expose != nullptr)
            for (const Node& port : expose->items)
                add("expose", port.text);
        if (one_off_ != nullptr && !one_off_->service_ports)
            return;
        const Node* ports = node_.find("ports");
        if (ports == nullptr)
            return;
        for (const Node& port : ports->items) {
            const std::string protocol = port.text_of("protocol");
            if (protocol == "sctp")
                throw error_at(port.place, "sctp ports are not supported: the network stack of users knows tcp and udp");
            std::string host_ip = port.text_of("host_ip");
            if (host_ip.find(':') != std::string::npos)
                host_ip = cat("[", host_ip, "]");
            std::string published = port.text_of("published");
            // Of a range each container takes the next one.
            if (const std::size_t dash = published.find('-'); dash != std::string::npos) {
                const unsigned long first = std::stoul(published.substr(0, dash));
                const unsigned long last = std::stoul(published.substr(dash + 1));
                const unsigned long mine = first + instance_.number - 1;
                if (mine > last)
                    throw error_at(port.place, cat("services.", service_.name, ": the ports ", published, " do not suffice for container ", instance_.number));
                published = cat(mine);
            }
            if (published == "0")
                published.clear();
            add("publish", cat(host_ip, host_ip.empty() ? "" : ":", published, published.empty() && host_ip.empty() ? "" : ":",
                               port.text_of("target"), "/", protocol));
        }
    }

    void add_networks()
    {
        if (const std::string mode = namespace_of("network_mode"); !mode.empty())
            add("network", mode == "bridge" ? "private" : mode);
        // Ports are published on the first network, which therefore is one with a way out.
        std::vector<std::string> keys = service_.networks;
        std::stable_partition(keys.begin(), keys.end(), [&](const std::string& key) { return !project_.find_network(key)->node.flag_of("internal"); });
        for (const std::string& key : keys)
            add_network(key);
        if (const Node* hosts = node_.find("extra_hosts"); hosts != nullptr)
            for (const Node::Entry& entry : hosts->entries)
                for (const Node& address : entry.value.items)
                    add("add-host", csv_field(cat(entry.key, ":", address.text)));
        add_list("dns", "dns", true);
        add_list("dns_opt", "dns-option", true);
        add_list("dns_search", "dns-search", true);
        if (const std::string mac = node_.text_of("mac_address"); !mac.empty())
            add("mac-address", mac);
        if (const Node* links = node_.find("external_links"); links != nullptr)
            for (const Node& link : links->items)
                if (const std::size_t colon = link.text.find(':');
                    colon != std::string::npos && link.text.substr(0, colon) != link.text.substr(colon + 1))
                    throw error_at(link.place, cat("services.", service_.name, ".external_links: another name for ", link.text.substr(0, colon),
                                                   " is not supported"))
                        .with_hint("containers on one network find each other by name: use that");
    }

    void add_network(const std::string& key)
    {
        const Resource* network = project_.find_network(key);
        const Node* attachment = node_.find("networks")->find(key);
        std::vector<std::string> options;
        const auto alias = [&](const std::string& name) { options.push_back(cat("alias=", name)); };
        if (one_off_ == nullptr || one_off_->use_aliases) {
            alias(service_.name);
            for (const std::string& linked : link_aliases())
                alias(linked);
            if (const Node* aliases = attachment->is_map() ? attachment->find("aliases") : nullptr; aliases != nullptr)
                for (const Node& one : aliases->items)
                    alias(one.text);
        }
        const auto option = [&](const char* field, const char* name) {
            if (const std::string value = attachment->is_map() ? attachment->text_of(field) : ""; !value.empty())
                options.push_back(cat(name, "=", value));
        };
        option("ipv4_address", "ip");
        option("ipv6_address", "ip6");
        option("mac_address", "mac");
        option("interface_name", "interface_name");
        option("gw_priority", "gw_priority");
        if (const Node* addresses = attachment->is_map() ? attachment->find("link_local_ips") : nullptr; addresses != nullptr)
            for (const Node& address : addresses->items)
                options.push_back(cat("link_local_ip=", address.text));
        add("network", cat(network->name, options.empty() ? "" : ":", joined(options, ",")));
    }

    /// What other services call this one in their links.
    [[nodiscard]] std::vector<std::string> link_aliases() const
    {
        std::vector<std::string> aliases;
        for (const Service& other : project_.services)
            if (const Node* links = other.node.find("links"); links != nullptr)
                for (const Node& link : links->items)
                    if (const std::size_t colon = link.text.find(':');
                        colon != std::string::npos && link.text.substr(0, colon) == service_.name)
                        aliases.push_back(link.text.substr(colon + 1));
        return aliases;
    }

    void add_mounts()
    {
        std::vector<std::string> own;
        if (const Node* volumes = node_.find("volumes"); volumes != nullptr)
            for (const Node& mount : volumes->items) {
                own.push_back(mount.text_of("target"));
                add_mount(mount);
            }
        add_list("tmpfs", "tmpfs", false);
        for (const auto& [target, volume] : instance_.kept_volumes)
            if (std::find(own.begin(), own.end(), target) == own.end())
                add("volume", cat(volume, ":", target));
        if (one_off_ != nullptr)
            for (const std::string& text : one_off_->volumes)
                add("volume", text);
        if (const Node* from = node_.find("volumes_from"); from != nullptr)
            for (const Node& one : from->items)
                add("volumes-from", volumes_from(one.text));
        add_flag("read_only", "read-only");
        add_text("shm_size", "shm-size");
    }

    [[nodiscard]] std::string volumes_from(const std::string& text) const
    {
        constexpr std::string_view prefix = "container:";
        if (text.starts_with(prefix))
            return text.substr(prefix.size());
        const std::size_t colon = text.find(':');
        const Service& other = project_.service(text.substr(0, colon));
        return cat(other.container_name_of(project_.name, 1), colon == std::string::npos ? "" : text.substr(colon));
    }

    void add_mount(const Node& mount)
    {
        const std::string type = mount.text_of("type");
        const std::string target = mount.text_of("target");
        const Node* own = mount.find(type);
        const auto own_text = [&](const char* field) { return own == nullptr ? std::string{} : own->text_of(field); };
        std::vector<std::string> options;
        const bool read_only = mount.flag_of("read_only");
        if (type == "tmpfs") {
            if (const std::string size = own_text("size"); !size.empty())
                options.push_back(cat("size=", size));
            if (const std::string mode = own_text("mode"); !mode.empty())
                options.push_back(cat("mode=", mode));
            if (read_only)
                options.emplace_back("ro");
            add("tmpfs", cat(target, options.empty() ? "" : ":", joined(options, ",")));
            return;
        }
        std::string source = mount.text_of("source");
        if (type == "volume" && !source.empty())
            source = project_.find_volume(source)->name;
        if (type == "volume" && source.empty())
            if (const auto kept = instance_.kept_volumes.find(target); kept != instance_.kept_volumes.end())
                source = kept->second;
        const std::string subpath = own_text("subpath");
        const bool needs_long = type == "image" || !subpath.empty() || source.find(':') != std::string::npos || target.find(':') != std::string::npos;
        if (needs_long) {
            std::vector<std::string> fields{cat("type=", type)};
            if (!source.empty())
                fields.push_back(csv_field(cat("source=", source)));
            fields.push_back(csv_field(cat("target=", target)));
            if (!subpath.empty())
                fields.push_back(csv_field(cat("subpath=", subpath)));
            if (read_only)
                fields.emplace_back("readonly");
            if (type == "image" && mount.text_of("read_only") == "false")
                fields.emplace_back("rw=true");
            if (const std::string propagation = own_text("propagation"); !propagation.empty())
                fields.push_back(cat("bind-propagation=", propagation));
            add("mount", joined(fields, ","));
            return;
        }
        if (read_only)
            options.emplace_back("ro");
        for (const char* field : {"selinux", "propagation"})
            if (const std::string value = own_text(field); type == "bind" && !value.empty())
                options.push_back(value);
        if (type == "bind" && own_text("recursive") == "disabled")
            options.emplace_back("bind");
        if (type == "volume" && own != nullptr && own->flag_of("nocopy"))
            options.emplace_back("nocopy");
        if (const Node* further = mount.find("x-options"); further != nullptr)
            for (const Node& option : further->items)
                options.push_back(option.text);
        add("volume", cat(source, source.empty() ? "" : ":", target, options.empty() ? "" : ":", joined(options, ",")));
    }

    void add_security()
    {
        add_flag("privileged", "privileged");
        add_list("cap_add", "cap-add", true);
        add_list("cap_drop", "cap-drop", true);
        if (one_off_ != nullptr) {
            for (const std::string& capability : one_off_->cap_add)
                add("cap-add", capability);
            for (const std::string& capability : one_off_->cap_drop)
                add("cap-drop", capability);
        }
        if (const Node* options = node_.find("security_opt"); options != nullptr)
            for (const Node& option : options->items) {
                // Compose writes both "no-new-privileges:true" and "label:disable".
                std::string text = option.text;
                if (const std::size_t colon = text.find(':'); colon != std::string::npos && text.find('=') == std::string::npos)
                    text[colon] = '=';
                if (text == "no-new-privileges=true")
                    text = "no-new-privileges";
                if (text.starts_with("seccomp=./") || text.starts_with("seccomp=../"))
                    text = cat("seccomp=", project_.directory, "/", text.substr(8));
                add("security-opt", text);
            }
    }

    /// A limit may stand in two places; validate.cpp saw to it that they agree.
    void add_limit(const char* key, const Node* there, const char* field, const char* option)
    {
        std::string value = node_.text_of(key);
        if (value.empty() && there != nullptr)
            value = there->text_of(field);
        if (!value.empty())
            add(option, value);
    }

    void add_limits()
    {
        const Node* limits = deploy("resources", "limits");
        const Node* reservations = deploy("resources", "reservations");
        add_limit("cpus", limits, "cpus", "cpus");
        add_limit("mem_limit", limits, "memory", "memory");
        add_limit("pids_limit", limits, "pids", "pids-limit");
        add_limit("mem_reservation", reservations, "memory", "memory-reservation");
        add_text("memswap_limit", "memory-swap");
        add_text("cpu_shares", "cpu-shares");
        add_text("cpu_quota", "cpu-quota");
        add_text("cpu_period", "cpu-period");
        add_text("cpuset", "cpuset-cpus");
        if (const Node* ulimits = node_.find("ulimits"); ulimits != nullptr)
            for (const Node::Entry& entry : ulimits->entries) {
                const std::string value = entry.value.is_map() ? cat(entry.value.text_of("soft"), ":", entry.value.text_of("hard")) : entry.value.text;
                add("ulimit", cat(entry.key, "=", value));
            }
    }

    void add_life()
    {
        if (one_off_ != nullptr && one_off_->auto_remove)
            words_.emplace_back("--rm");
        if (one_off_ == nullptr)
            add_restart();
        add_health();
        const Node* logging = node_.find("logging");
        if (logging == nullptr)
            return;
        if (const std::string driver = logging->text_of("driver"); !driver.empty())
            add("log-driver", driver == "local" ? "json-file" : driver);
        add_pairs(logging->find("options"), "log-opt", false);
    }

    /// A policy of deploy: is preferred to the service's restart:, even where the latter says more.
    void add_restart()
    {
        const Node* policy = deploy("restart_policy");
        if (policy == nullptr) {
            if (const std::string restart = node_.text_of("restart"); !restart.empty())
                add("restart", restart);
            return;
        }
        const std::string condition = policy->text_of("condition");
        if (condition == "none") {
            add("restart", "no");
            return;
        }
        const std::string attempts = policy->text_of("max_attempts");
        add("restart", cat(condition == "on-failure" ? "on-failure" : "always", attempts.empty() ? "" : ":", attempts));
        add_unless_zero(*policy, "delay", "restart-delay");
        add_unless_zero(*policy, "window", "restart-window");
    }

    void add_health()
    {
        const Node* health = node_.find("healthcheck");
        if (health == nullptr)
            return;
        const Node* test = health->find("test");
        const std::string first = test == nullptr || test->items.empty() ? "" : test->items[0].text;
        if (health->flag_of("disable") || first == "NONE") {
            words_.emplace_back("--no-healthcheck");
            return;
        }
        if (!first.empty())
            add("health-cmd", json_words(test->items));
        add_unless_zero(*health, "interval", "health-interval");
        add_unless_zero(*health, "timeout", "health-timeout");
        add_unless_zero(*health, "start_period", "health-start-period");
        add_unless_zero(*health, "start_interval", "health-start-interval");
        add_unless_zero(*health, "retries", "health-retries");
    }

    /// 0 asks for the default.
    void add_unless_zero(const Node& node, const char* key, const char* option)
    {
        if (const std::string value = node.text_of(key); !value.empty() && value != "0s" && value != "0")
            add(option, value);
    }

    void add_command()
    {
        const Node* entrypoint = node_.find("entrypoint");
        if (one_off_ != nullptr && one_off_->entrypoint)
            add("entrypoint", *one_off_->entrypoint);
        else if (entrypoint != nullptr && entrypoint->is_list())
            add("entrypoint", json_words(entrypoint->items));
        words_.push_back(service_.image);
        if (one_off_ != nullptr && one_off_->command) {
            words_.insert(words_.end(), one_off_->command->begin(), one_off_->command->end());
            return;
        }
        if (one_off_ != nullptr && one_off_->entrypoint)
            return; // the service's command was meant for another program
        if (const Node* command = node_.find("command"); command != nullptr && command->is_list())
            for (const Node& word : command->items)
                words_.push_back(word.text);
    }

    const Project& project_;
    const Service& service_;
    const Node& node_;
    const Instance& instance_;
    const OneOff* one_off_;
    std::vector<std::string> words_;
};

} // namespace

std::vector<std::string> make_create_words(const Project& project, const Service& service, const Instance& instance, const OneOff* one_off)
{
    return Words{project, service, instance, one_off}.make();
}

std::vector<std::string> missing_bind_sources(const Service& service)
{
    std::vector<std::string> sources;
    if (const Node* volumes = service.node.find("volumes"); volumes != nullptr)
        for (const Node& mount : volumes->items)
            if (const Node* bind = mount.find("bind"); mount.text_of("type") == "bind" && bind != nullptr && bind->flag_of("create_host_path"))
                sources.push_back(mount.text_of("source"));
    return sources;
}

} // namespace skiff::compose
