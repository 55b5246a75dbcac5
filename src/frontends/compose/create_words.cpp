#include "frontends/compose/create_words.hpp"

#include "frontends/compose/connection_words.hpp"
#include "frontends/compose/granted_files.hpp"
#include "frontends/compose/labels.hpp"
#include "frontends/compose/mount_words.hpp"
#include "frontends/compose/option_text.hpp"
#include "frontends/compose/option_words.hpp"
#include "runtime/cdi_spec.hpp"
#include "text/duration.hpp"
#include "text/shell_words.hpp"

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

namespace skiff::compose {
namespace {

std::string json_words(const std::vector<std::string>& words)
{
    return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_words(const std::vector<Node>& items)
{
    std::vector<std::string> words;
    for (const Node& item : items)
        words.push_back(item.text);
    return json_words(words);
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
    explicit Words(const Subject& subject) : subject_{subject} {}

    std::vector<std::string> make()
    {
        words_.add_words({"create", "--name", subject_.instance.name, "--pull", "never"});
        add_labels();
        add_environment();
        add_process();
        add_places();
        words_.add_words(make_connection_words(subject_));
        words_.add_words(make_mount_words(subject_));
        words_.add_words(make_grant_words(subject_.project, subject_.service));
        add_security();
        add_limits();
        add_life();
        add_command();
        return words_.take();
    }

  private:
    void label(const char* name, const std::string& value) { words_.add("label", cat(name, "=", value)); }

    void add_labels()
    {
        label(labels::project, subject_.project.name);
        label(labels::service, subject_.service.name);
        label(labels::one_off, subject_.one_off != nullptr ? "True" : "False");
        label(labels::number, cat(subject_.instance.number));
        label(labels::hash, subject_.service.hash);
        if (!subject_.instance.replaces.empty())
            label(labels::replace, subject_.instance.replaces);
        label(labels::version, compose_version);
        label(labels::directory, subject_.project.directory);
        label(labels::files, joined(subject_.project.files, ","));
        if (!subject_.project.env_files.empty())
            label(labels::environment_file, joined(subject_.project.env_files, ","));
        if (!subject_.instance.image_id.empty())
            label(labels::image, cat("sha256:", subject_.instance.image_id));
        std::vector<std::string> depends;
        for (const Dependency& dependency : subject_.service.depends_on)
            depends.push_back(cat(dependency.service, ":", to_string(dependency.condition), ":", dependency.restart ? "true" : "false"));
        label(labels::depends_on, joined(depends, ","));
        std::vector<std::string> hashes;
        for (const auto& [key, hash] : subject_.service.key_hashes)
            hashes.push_back(cat(key, ":", hash));
        label(labels::keys, joined(hashes, ","));
        words_.add_pairs(node_.find("labels"), "label", false);
        if (subject_.one_off != nullptr) {
            label(labels::slug, subject_.one_off->slug);
            for (const std::string& text : subject_.one_off->labels)
                words_.add("label", text);
        }
        if (const Node* annotations = node_.find("annotations"); annotations != nullptr)
            words_.add_pairs(annotations, "annotation", false);
    }

    void add_environment()
    {
        words_.add_pairs(node_.find("environment"), "env", false);
        if (subject_.one_off != nullptr)
            for (const std::string& text : subject_.one_off->environment)
                words_.add("env", text);
    }

    void add_process()
    {
        if (subject_.one_off != nullptr && subject_.one_off->user)
            words_.add("user", *subject_.one_off->user);
        else
            words_.add_text("user", "user");
        if (subject_.one_off != nullptr && subject_.one_off->working_dir)
            words_.add("workdir", *subject_.one_off->working_dir);
        else
            words_.add_text("working_dir", "workdir");
        words_.add_list("group_add", "group-add", true);
        words_.add_flag("init", "init");
        if (subject_.one_off != nullptr ? subject_.one_off->tty : node_.flag_of("tty"))
            words_.add_word("--tty");
        if (subject_.one_off != nullptr ? subject_.one_off->interactive : node_.flag_of("stdin_open"))
            words_.add_word("--interactive");
        words_.add_text("stop_signal", "stop-signal");
        if (const std::string grace = node_.text_of("stop_grace_period"); !grace.empty())
            words_.add("stop-timeout", whole_seconds(grace));
        words_.add_text("oom_score_adj", "oom-score-adj");
        words_.add_text("platform", "platform");
    }

    void add_places()
    {
        std::string hostname = node_.text_of("hostname");
        if (const std::string domain = node_.text_of("domainname"); !domain.empty()) {
            if (hostname.empty())
                hostname = subject_.service.name;
            hostname += cat(".", domain);
        }
        if (!hostname.empty())
            words_.add("hostname", hostname);
        for (const auto& [key, option] : {std::pair{"ipc", "ipc"}, std::pair{"pid", "pid"}, std::pair{"uts", "uts"}})
            if (const std::string value = namespace_of(subject_.project, subject_.service, key); !value.empty())
                words_.add(option, value);
        words_.add_text("cgroup", "cgroupns");
        words_.add_text("userns_mode", "userns");
        words_.add_pairs(node_.find("sysctls"), "sysctl", true);
        if (const Node* devices = node_.find("devices"); devices != nullptr)
            for (const Node& device : devices->items)
                add_device(device);
        const Node* reserved = deploy("resources", "reservations");
        const Node* reserved_devices = reserved == nullptr ? nullptr : reserved->find("devices");
        for (const Node* requests : {node_.find("gpus"), reserved_devices})
            if (requests != nullptr)
                for (const Node& request : requests->items)
                    add_gpus(request);
    }

    /// What is left out is the option's to choose.
    void add_device(const Node& device)
    {
        std::string text = device.text_of("source");
        if (!runtime::is_cdi_name(text))
            for (const char* part : {"target", "permissions"})
                if (const std::string value = device.text_of(part); !value.empty())
                    text += cat(":", value);
        words_.add("device", text);
    }

    /// Those that are named, or the first `count`, or all. With the driver `cdi` the names are whole.
    void add_gpus(const Node& request)
    {
        if (const Node* ids = request.find("device_ids"); ids != nullptr && !ids->items.empty()) {
            for (const Node& id : ids->items)
                words_.add("gpus", id.text);
            return;
        }
        const Node* count = request.find("count");
        if (count == nullptr || count->text == "all" || count->text == "-1")
            words_.add("gpus", "all");
        else
            for (unsigned number = 0; number < read_gpu_count(*count); ++number)
                words_.add("gpus", std::to_string(number));
    }

    [[nodiscard]] const Node* deploy(const char* first, const char* second = nullptr) const
    {
        const Node* node = node_.find("deploy");
        node = node == nullptr ? nullptr : node->find(first);
        return node == nullptr || second == nullptr ? node : node->find(second);
    }

    void add_security()
    {
        words_.add_flag("privileged", "privileged");
        words_.add_list("cap_add", "cap-add", true);
        words_.add_list("cap_drop", "cap-drop", true);
        if (subject_.one_off != nullptr) {
            for (const std::string& capability : subject_.one_off->cap_add)
                words_.add("cap-add", capability);
            for (const std::string& capability : subject_.one_off->cap_drop)
                words_.add("cap-drop", capability);
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
                    text = cat("seccomp=", subject_.project.directory, "/", text.substr(8));
                words_.add("security-opt", text);
            }
    }

    /// A limit may stand in two places; validate.cpp saw to it that they agree.
    void add_limit(const char* key, const Node* there, const char* field, const char* option)
    {
        std::string value = node_.text_of(key);
        if (value.empty() && there != nullptr)
            value = there->text_of(field);
        if (!value.empty())
            words_.add(option, value);
    }

    void add_limits()
    {
        const Node* limits = deploy("resources", "limits");
        const Node* reservations = deploy("resources", "reservations");
        add_limit("cpus", limits, "cpus", "cpus");
        add_limit("mem_limit", limits, "memory", "memory");
        add_limit("pids_limit", limits, "pids", "pids-limit");
        add_limit("mem_reservation", reservations, "memory", "memory-reservation");
        words_.add_text("memswap_limit", "memory-swap");
        words_.add_text("cpu_shares", "cpu-shares");
        words_.add_text("cpu_quota", "cpu-quota");
        words_.add_text("cpu_period", "cpu-period");
        words_.add_text("cpuset", "cpuset-cpus");
        if (const Node* ulimits = node_.find("ulimits"); ulimits != nullptr)
            for (const Node::Entry& entry : ulimits->entries) {
                const std::string value = entry.value.is_map() ? cat(entry.value.text_of("soft"), ":", entry.value.text_of("hard")) : entry.value.text;
                words_.add("ulimit", cat(entry.key, "=", value));
            }
    }

    void add_life()
    {
        if (subject_.one_off != nullptr && subject_.one_off->auto_remove)
            words_.add_word("--rm");
        if (subject_.one_off == nullptr)
            add_restart();
        add_health();
        const Node* logging = node_.find("logging");
        if (logging == nullptr)
            return;
        if (const std::string driver = logging->text_of("driver"); !driver.empty())
            words_.add("log-driver", driver == "local" ? "json-file" : driver);
        words_.add_pairs(logging->find("options"), "log-opt", false);
    }

    /// A policy of deploy: is preferred to the service's restart:, even where the latter says more.
    void add_restart()
    {
        const Node* policy = deploy("restart_policy");
        if (policy == nullptr) {
            if (const std::string restart = node_.text_of("restart"); !restart.empty())
                words_.add("restart", restart);
            return;
        }
        const std::string condition = policy->text_of("condition");
        if (condition == "none") {
            words_.add("restart", "no");
            return;
        }
        const std::string attempts = policy->text_of("max_attempts");
        words_.add("restart", cat(condition == "on-failure" ? "on-failure" : "always", attempts.empty() ? "" : ":", attempts));
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
            words_.add_word("--no-healthcheck");
            return;
        }
        if (!first.empty())
            words_.add("health-cmd", json_words(test->items));
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
            words_.add(option, value);
    }

    /// As a shell would read it; empty, there is none.
    void add_entrypoint_of_run(const std::string& line)
    {
        const std::vector<std::string> entrypoint = text::split_shell_words(line);
        words_.add("entrypoint", entrypoint.empty() ? "" : json_words(entrypoint));
    }

    void add_command()
    {
        const Node* entrypoint = node_.find("entrypoint");
        if (subject_.one_off != nullptr && subject_.one_off->entrypoint)
            add_entrypoint_of_run(*subject_.one_off->entrypoint);
        else if (entrypoint != nullptr && entrypoint->is_list())
            words_.add("entrypoint", json_words(entrypoint->items));
        words_.add_word(subject_.service.image);
        if (subject_.one_off != nullptr && subject_.one_off->command) {
            words_.add_words(*subject_.one_off->command);
            return;
        }
        if (subject_.one_off != nullptr && subject_.one_off->entrypoint)
            return; // the service's command was meant for another program
        if (const Node* command = node_.find("command"); command != nullptr && command->is_list())
            for (const Node& word : command->items)
                words_.add_word(word.text);
    }

    const Subject& subject_;
    const Node& node_ = subject_.service.node;
    OptionWords words_{node_};
};

} // namespace

std::vector<std::string> make_create_words(const Project& project, const Service& service, const Instance& instance, const OneOff* one_off)
{
    const Subject subject{project, service, instance, one_off};
    return Words{subject}.make();
}

} // namespace skiff::compose
