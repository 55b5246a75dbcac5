#include "engine/image_changes.hpp"

#include "base/error.hpp"
#include "build/instruction.hpp"
#include "text/json_fields.hpp"
#include "text/shell_words.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

namespace skiff::engine {
namespace {

Error bad_change(const std::string& change, const std::string& why)
{
    return Error{ErrorKind::Usage, cat("invalid change \"", printable(change), "\" - ", why)};
}

std::string trimmed(const std::string& text)
{
    const std::size_t from = text.find_first_not_of(" \t\n");
    return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(" \t\n") - from + 1);
}

/// A JSON array of words; nothing when the text is none.
std::optional<std::vector<std::string>> find_list(const std::string& text)
{
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array() || !std::all_of(json.begin(), json.end(), [](const auto& word) { return word.is_string(); }))
        return std::nullopt;
    return json.get<std::vector<std::string>>();
}

/// The exec form, or a line for the shell.
std::vector<std::string> read_command(const std::string& value)
{
    return find_list(value).value_or(std::vector<std::string>{"/bin/sh", "-c", value});
}

struct Pair
{
    std::string name, value;
};

/// The key in capitals, and the rest.
Pair read_instruction(const std::string& change)
{
    std::size_t cut = change.find(' ');
    if (cut == std::string::npos)
        cut = change.find('=');
    if (cut == std::string::npos)
        throw bad_change(change, "must be formatted as KEY VALUE");
    std::string key = trimmed(change.substr(0, cut));
    std::string value = trimmed(change.substr(cut + 1));
    // "ENV=A=B C=D": the first blank was not the one behind the key.
    if (const std::size_t equals = key.find('='); equals != std::string::npos) {
        value = trimmed(change.substr(change.find('=') + 1));
        key.resize(equals);
    }
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return {std::move(key), std::move(value)};
}

/// NAME=VALUE words, quoted as in a shell, or the old form "NAME VALUE".
std::vector<Pair> read_pairs(const std::string& change, const std::string& text)
{
    std::vector<Pair> pairs;
    const std::size_t blank = text.find_first_of(" \t");
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || blank < equals) {
        if (blank == std::string::npos)
            throw bad_change(change, "must be formatted as NAME=VALUE");
        return {{text.substr(0, blank), trimmed(text.substr(blank))}};
    }
    for (const std::string& word : text::split_shell_words(text)) {
        const std::size_t at = word.find('=');
        if (at == std::string::npos || at == 0)
            throw bad_change(change, "must be formatted as NAME=VALUE");
        pairs.push_back({word.substr(0, at), word.substr(at + 1)});
    }
    return pairs;
}

void set_variable(std::vector<std::string>& env, const Pair& pair)
{
    std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(pair.name + "="); });
    env.push_back(cat(pair.name, "=", pair.value));
}

void add_sorted(std::vector<std::string>& list, const std::string& text)
{
    const auto place = std::lower_bound(list.begin(), list.end(), text);
    if (place == list.end() || *place != text)
        list.insert(place, text);
}

void expose(std::vector<std::string>& ports, const std::string& change, const std::string& word)
{
    const std::string number = word.substr(0, word.find('/'));
    const std::string protocol = number.size() == word.size() ? "tcp" : word.substr(number.size() + 1);
    const bool is_port = !number.empty() && number.size() <= 5 &&
                         number.find_first_not_of("0123456789") == std::string::npos && std::stoul(number) >= 1 &&
                         std::stoul(number) <= 65535;
    if (!is_port || (protocol != "tcp" && protocol != "udp" && protocol != "sctp"))
        throw bad_change(change, cat(quoted(word), " is no port"));
    add_sorted(ports, cat(number, "/", protocol));
}

/// What only a Containerfile has words for.
void apply_as_written(oci::ExecutionConfig& config, const std::string& change, const std::string& key, const std::string& value)
{
    try {
        build::SourceInstruction source;
        source.keyword = key;
        source.text = value;
        const build::Instruction instruction = build::parse_instruction(source, '\\');
        if (const auto* health = std::get_if<build::HealthCheckInstruction>(&instruction.body))
            config.healthcheck = health->check;
        else if (const auto* shell = std::get_if<build::ShellInstruction>(&instruction.body))
            config.shell = shell->words;
    } catch (const Error& error) {
        throw bad_change(change, error.message());
    }
}

void add_volume(std::vector<std::string>& volumes, const std::string& change, const std::string& path)
{
    if (!path.starts_with('/'))
        throw bad_change(change, "a volume needs an absolute path");
    add_sorted(volumes, path);
}

} // namespace

void apply_change(oci::ExecutionConfig& config, const std::string& change)
{
    const auto [key, value] = read_instruction(change);

    if (key == "USER")
        config.user = value;
    else if (key == "WORKDIR")
        config.working_dir = value;
    else if (key == "STOPSIGNAL")
        config.stop_signal = value;
    else if (key == "ONBUILD")
        config.on_build.push_back(value);
    else if (key == "CMD")
        config.cmd = read_command(value);
    else if (key == "ENTRYPOINT")
        config.entrypoint = read_command(value);
    else if (key == "ENV")
        for (const Pair& pair : read_pairs(change, value))
            set_variable(config.env, pair);
    else if (key == "LABEL")
        for (const Pair& pair : read_pairs(change, value))
            config.labels[pair.name] = pair.value;
    else if (key == "EXPOSE")
        for (const std::string& word : text::split_shell_words(value))
            expose(config.exposed_ports, change, word);
    else if (key == "VOLUME") {
        const auto paths = find_list(value);
        for (const std::string& path : paths ? *paths : text::split_shell_words(value))
            add_volume(config.volumes, change, path);
    } else if (key == "HEALTHCHECK" || key == "SHELL") {
        apply_as_written(config, change, key, value);
    } else {
        throw bad_change(change, cat("invalid instruction ", printable(key)));
    }
}

void apply_changes(oci::ExecutionConfig& config, const std::vector<std::string>& changes)
{
    const auto has = [&](const char* key) {
        return std::any_of(changes.begin(), changes.end(), [&](const std::string& change) { return read_instruction(change).name == key; });
    };
    if (has("ENTRYPOINT") && !has("CMD"))
        config.cmd.clear();
    for (const std::string& change : changes)
        apply_change(config, change);
}

void apply_config_document(oci::ExecutionConfig& config, const std::string& document)
{
    oci::ExecutionConfig added;
    while_doing("reading the configuration", [&] {
        const nlohmann::json json = text::parse_strict_json(document, {.bytes = oci::max_config_bytes});
        if (!json.is_object())
            throw Error{ErrorKind::Failure, "it is no JSON object"};
        const nlohmann::json whole{{"config", json}, {"rootfs", {{"type", "layers"}, {"diff_ids", nlohmann::json::array()}}}};
        added = oci::ImageConfig::parse(whole.dump()).config;
    });
    const auto replace = [](auto& old, auto& replacement) {
        if (!(replacement == std::decay_t<decltype(replacement)>{}))
            old = std::move(replacement);
    };
    replace(config.user, added.user);
    replace(config.entrypoint, added.entrypoint);
    replace(config.cmd, added.cmd);
    replace(config.working_dir, added.working_dir);
    replace(config.stop_signal, added.stop_signal);
    replace(config.stop_timeout_s, added.stop_timeout_s);
    replace(config.healthcheck, added.healthcheck);
    replace(config.shell, added.shell);
    replace(config.on_build, added.on_build);
    for (const std::string& variable : added.env)
        set_variable(config.env, {variable.substr(0, variable.find('=')), variable.substr(variable.find('=') + 1)});
    for (const auto& [name, value] : added.labels)
        config.labels[name] = value;
    for (const std::string& port : added.exposed_ports)
        add_sorted(config.exposed_ports, port);
    for (const std::string& volume : added.volumes)
        add_sorted(config.volumes, volume);
}

} // namespace skiff::engine
