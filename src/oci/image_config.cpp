#include "oci/image_config.hpp"

#include "oci/manifest.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace skiff::oci {
namespace {

using text::JsonFields;

bool has_control_characters(std::string_view text)
{
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_port(std::string_view text)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value <= 65535;
}

/// PORT[-PORT][/tcp|udp|sctp]
bool is_exposed_port(std::string_view text)
{
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const std::string_view protocol = text.substr(slash + 1);
        if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
            return false;
        text = text.substr(0, slash);
    }
    const std::size_t dash = text.find('-');
    return dash == std::string_view::npos ? is_port(text)
                                          : is_port(text.substr(0, dash)) && is_port(text.substr(dash + 1));
}

bool has_dot_dot(std::string_view path)
{
    while (true) {
        const std::size_t slash = path.find('/');
        if (path.substr(0, slash) == "..")
            return true;
        if (slash == std::string_view::npos)
            return false;
        path.remove_prefix(slash + 1);
    }
}

bool is_signal_word(std::string_view text)
{
    return text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                      c == '-';
           });
}

ImageHealthCheck parse_health_check(const JsonFields& fields)
{
    const auto time = [&](const char* key) { return std::chrono::nanoseconds{fields.integer_or(key, 0)}; };
    ImageHealthCheck check;
    check.test = fields.texts("Test");
    check.interval = time("Interval");
    check.timeout = time("Timeout");
    check.start_period = time("StartPeriod");
    check.start_interval = time("StartInterval");
    const std::int64_t retries = fields.integer_or("Retries", 0);
    if (retries < 0 || retries > 1'000'000)
        throw fields.complain("Retries", "is out of range");
    check.retries = static_cast<int>(retries);
    return check;
}

ExecutionConfig parse_execution(const JsonFields& fields)
{
    ExecutionConfig config;
    config.user = fields.text_or("User", "");
    if (has_control_characters(config.user))
        throw fields.complain("User", "contains control characters");
    for (std::string& entry : fields.texts("Env")) {
        // R49: "NAME" alone would mean "take it from the host" elsewhere; in an image it means nothing.
        const std::size_t equals = entry.find('=');
        if (equals != std::string::npos && equals != 0)
            config.env.push_back(std::move(entry));
    }
    config.entrypoint = fields.texts("Entrypoint");
    config.cmd = fields.texts("Cmd");
    config.working_dir = fields.text_or("WorkingDir", "");
    if (!config.working_dir.empty() && config.working_dir[0] != '/')
        config.working_dir.insert(0, "/"); // Windows apart, builders write absolute ones; runtimes join with "/"
    config.exposed_ports = fields.keys("ExposedPorts");
    for (const std::string& port : config.exposed_ports)
        if (!is_exposed_port(port))
            throw fields.complain("ExposedPorts", cat("has an invalid port ", skiff::quoted(port)));
    config.volumes = fields.keys("Volumes");
    for (std::string& volume : config.volumes) {
        if (volume.empty() || has_dot_dot(volume) || has_control_characters(volume))
            throw fields.complain("Volumes", cat("has an invalid path ", skiff::quoted(volume)));
        if (volume[0] != '/')
            volume.insert(0, "/");
    }
    std::sort(config.volumes.begin(), config.volumes.end()); // "data" and "/data" are one
    config.volumes.erase(std::unique(config.volumes.begin(), config.volumes.end()), config.volumes.end());
    config.labels = fields.text_map("Labels");
    config.stop_signal = fields.text_or("StopSignal", "");
    if (!is_signal_word(config.stop_signal))
        throw fields.complain("StopSignal", cat("is no signal: ", skiff::quoted(config.stop_signal)));
    if (const auto timeout = fields.find_integer("StopTimeout")) {
        if (*timeout < -1 || *timeout > 1'000'000'000)
            throw fields.complain("StopTimeout", "is out of range");
        config.stop_timeout_s = static_cast<int>(*timeout);
    }
    if (const auto check = fields.find_object("Healthcheck"))
        config.healthcheck = parse_health_check(*check);
    config.shell = fields.texts("Shell");
    config.on_build = fields.texts("OnBuild");
    config.args_escaped = fields.flag_or("ArgsEscaped", false);
    return config;
}

HistoryEntry parse_history(const JsonFields& fields)
{
    HistoryEntry entry;
    entry.created = fields.text_or("created", "");
    entry.created_by = fields.text_or("created_by", "");
    entry.author = fields.text_or("author", "");
    entry.comment = fields.text_or("comment", "");
    entry.empty_layer = fields.flag_or("empty_layer", false);
    return entry;
}

using Json = nlohmann::ordered_json;

void put(Json& json, const char* key, const std::string& value)
{
    if (!value.empty())
        json[key] = value;
}
void put(Json& json, const char* key, const std::vector<std::string>& values)
{
    if (!values.empty())
        json[key] = values;
}
/// Go's map[string]struct{}: only the keys mean something.
void put_keys(Json& json, const char* key, const std::vector<std::string>& values)
{
    for (const std::string& value : values)
        json[key][value] = Json::object();
}

Json to_json(const ImageHealthCheck& check)
{
    Json json = Json::object();
    put(json, "Test", check.test);
    const auto put_time = [&](const char* key, std::chrono::nanoseconds value) {
        if (value.count() != 0)
            json[key] = value.count();
    };
    put_time("Interval", check.interval);
    put_time("Timeout", check.timeout);
    put_time("StartPeriod", check.start_period);
    put_time("StartInterval", check.start_interval);
    if (check.retries != 0)
        json["Retries"] = check.retries;
    return json;
}

Json to_json(const ExecutionConfig& config)
{
    Json json = Json::object();
    put(json, "User", config.user);
    put_keys(json, "ExposedPorts", config.exposed_ports);
    put(json, "Env", config.env);
    put(json, "Entrypoint", config.entrypoint);
    put(json, "Cmd", config.cmd);
    put_keys(json, "Volumes", config.volumes);
    put(json, "WorkingDir", config.working_dir);
    if (!config.labels.empty())
        json["Labels"] = config.labels;
    put(json, "StopSignal", config.stop_signal);
    if (config.stop_timeout_s)
        json["StopTimeout"] = *config.stop_timeout_s;
    if (config.args_escaped)
        json["ArgsEscaped"] = true;
    if (config.healthcheck)
        json["Healthcheck"] = to_json(*config.healthcheck);
    put(json, "OnBuild", config.on_build);
    put(json, "Shell", config.shell);
    return json;
}

Json to_json(const HistoryEntry& entry)
{
    Json json = Json::object();
    put(json, "created", entry.created);
    put(json, "created_by", entry.created_by);
    put(json, "author", entry.author);
    put(json, "comment", entry.comment);
    if (entry.empty_layer)
        json["empty_layer"] = true;
    return json;
}

} // namespace

ImageConfig ImageConfig::parse(std::string_view text)
{
    const nlohmann::json json = text::parse_strict_json(text, {.bytes = max_config_bytes});
    const JsonFields fields{json};
    ImageConfig image;
    image.created = fields.text_or("created", "");
    image.author = fields.text_or("author", "");
    image.platform.os = fields.text_or("os", "");
    image.platform.architecture = fields.text_or("architecture", "");
    image.platform.variant = fields.text_or("variant", "");
    image.platform.os_version = fields.text_or("os.version", "");
    image.platform.os_features = fields.texts("os.features");
    if (const auto config = fields.find_object("config"))
        image.config = parse_execution(*config);
    const JsonFields rootfs = fields.object("rootfs");
    if (rootfs.text_or("type", "layers") != "layers")
        throw rootfs.complain("type", "must be \"layers\"");
    const std::vector<std::string> diff_ids = rootfs.texts("diff_ids");
    if (diff_ids.size() > max_layers)
        throw rootfs.complain("diff_ids", cat("has more than ", max_layers, " entries"));
    for (const std::string& diff_id : diff_ids)
        image.diff_ids.push_back(Digest::parse(diff_id));
    for (const JsonFields& entry : fields.objects("history"))
        image.history.push_back(parse_history(entry));
    image.docker_version = fields.text_or("docker_version", "");
    image.comment = fields.text_or("comment", "");
    image.parent = fields.text_or("parent", "");
    return image;
}

std::string ImageConfig::serialize() const
{
    Json json = Json::object();
    put(json, "created", created);
    put(json, "author", author);
    json["architecture"] = platform.architecture;
    put(json, "variant", platform.variant);
    json["os"] = platform.os;
    put(json, "os.version", platform.os_version);
    put(json, "os.features", platform.os_features);
    json["config"] = to_json(config);
    json["rootfs"] = Json{{"type", "layers"}, {"diff_ids", Json::array()}};
    for (const Digest& diff_id : diff_ids)
        json["rootfs"]["diff_ids"].push_back(diff_id.text());
    for (const HistoryEntry& entry : history)
        json["history"].push_back(to_json(entry));
    put(json, "docker_version", docker_version);
    put(json, "comment", comment);
    put(json, "parent", parent);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace skiff::oci
