#include "cli/values.hpp"

#include "base/file.hpp"
#include "cli/readers.hpp"
#include "text/signal_names.hpp"
#include "text/go_quote.hpp"
#include "text/size.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

using text::go_quoted;

std::string lower(std::string_view text)
{
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}


/// Namespaced ones: everything else would change the machine.
bool is_namespaced_sysctl(const std::string& key)
{
    for (const std::string_view known :
         {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
          "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.domainname", "kernel.hostname"})
        if (key == known)
            return true;
    return key.starts_with("net.") || key.starts_with("fs.mqueue.");
}

} // namespace

std::int64_t read_memory(std::string_view text)
{
    if (text.empty()) // --memory="$LIMIT" of a script that has none
        return 0;
    return while_doing("invalid value for memory", [&] { return static_cast<std::int64_t>(text::parse_bytes(text)); });
}

std::int64_t read_memory_swap(std::string_view text) { return text == "-1" ? -1 : read_memory(text); }

std::optional<std::uint64_t> read_shm_size(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    return while_doing("unable to translate --shm-size", [&] { return text::parse_bytes(text); });
}

int read_signal(std::string_view text) { return text::parse_signal(text); }

std::optional<int> read_stop_signal(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    return text::parse_signal(text);
}

RestartPolicy read_restart_policy(std::string_view text)
{
    const std::vector<std::string> parts = split_at(text, ':');
    if (parts.size() > 2)
        throw usage_error("invalid restart policy: may specify retries at most once");
    const std::string word = lower(parts[0]);
    RestartPolicy policy;
    if (parts.size() == 2) {
        std::int64_t retries = 0;
        while_doing("parsing restart policy retry count", [&] { retries = read_integer(parts[1], "Atoi"); });
        if (retries < 0 || retries > std::numeric_limits<std::int32_t>::max())
            throw usage_error("must specify restart policy retry count as a number greater than 0");
        policy.max_retries = static_cast<std::uint32_t>(retries);
    }
    if (word == "on-failure")
        policy.when = RestartWhen::OnFailure;
    else if (word == "always")
        policy.when = RestartWhen::Always;
    else if (word == "unless-stopped")
        policy.when = RestartWhen::UnlessStopped;
    else if (word == "no" || word == "never" || word.empty())
        policy.when = RestartWhen::No;
    else
        throw usage_error(cat(go_quoted(text), " is not a valid restart policy: invalid argument"));
    if (policy.when == RestartWhen::No && parts.size() == 2)
        throw usage_error("restart policy retries can only be specified with a restart policy");
    return policy;
}

PullPolicy read_pull_policy(std::string_view text)
{
    const std::string word = lower(text);
    if (word == "always" || word == "true")
        return PullPolicy::Always;
    if (word == "missing" || word == "ifmissing" || word == "ifnotpresent" || word.empty())
        return PullPolicy::Missing;
    if (word == "newer" || word == "ifnewer")
        return PullPolicy::Newer;
    if (word == "never" || word == "false")
        return PullPolicy::Never;
    throw usage_error(cat("unsupported pull policy ", go_quoted(text)));
}

std::uint32_t read_wait_seconds(std::string_view text)
{
    const std::int64_t seconds = read_integer(text);
    constexpr std::int64_t for_ever = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(seconds < 0 ? for_ever : std::min(seconds, for_ever));
}

void add_label(std::map<std::string, std::string>& labels, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (cut.head.empty())
        throw usage_error(cat("invalid label format: ", go_quoted(text)));
    labels[cut.head] = std::move(cut.tail).value_or("");
}

void add_annotation(std::map<std::string, std::string>& annotations, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (!cut.tail)
        throw usage_error("annotations must be formatted KEY=VALUE");
    annotations[cut.head] = *cut.tail;
}

void add_sysctl(std::map<std::string, std::string>& sysctls, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (!cut.tail)
        throw usage_error(cat("invalid sysctl value ", go_quoted(text)));
    std::replace(cut.head.begin(), cut.head.end(), '/', '.');
    if (!is_namespaced_sysctl(cut.head))
        throw usage_error(
            cat("sysctl '", printable(text), "' is not allowed: it belongs to no namespace of a container"));
    sysctls[cut.head] = *cut.tail;
}

void add_cgroup_value(std::map<std::string, std::string>& values, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (!cut.tail || cut.head.empty() || cut.head.find('/') != std::string::npos)
        throw usage_error(cat("--cgroup-conf must be formatted KEY=VALUE: ", go_quoted(text)));
    values[cut.head] = *cut.tail;
}

void set_platform(PullOptions& options, std::string_view text)
{
    const std::vector<std::string> parts = split_at(text, '/');
    if (parts.size() > 3 ||
        std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); }))
        throw usage_error(cat("invalid platform ", go_quoted(text), ": it is written OS[/ARCH[/VARIANT]]"));
    options.os = parts[0];
    if (parts.size() > 1)
        options.architecture = parts[1];
    if (parts.size() > 2)
        options.variant = parts[2];
}

std::vector<std::string> read_entrypoint(std::string_view text)
{
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_array() && std::all_of(json.begin(), json.end(), [](const auto& word) { return word.is_string(); }))
        return json.get<std::vector<std::string>>();
    if (text.empty())
        return {};
    return {std::string{text}};
}

std::optional<std::uint32_t> read_umask(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    const bool octal = !text.empty() && text.size() <= 4 &&
                       std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!octal)
        throw usage_error(cat("invalid umask string ", printable(text), ": invalid argument"));
    return static_cast<std::uint32_t>(std::stoul(std::string{text}, nullptr, 8));
}

Filter read_filter(std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (!cut.tail || cut.head.empty())
        throw usage_error(cat("invalid filter ", go_quoted(text), ": filters are written KEY=VALUE"));
    const bool negated = cut.head.ends_with('!');
    if (negated)
        cut.head.pop_back();
    return {std::move(cut.head), std::move(*cut.tail), negated};
}

std::string read_id_file(const std::string& path)
{
    constexpr std::size_t longest = 4096;
    try {
        return cut_at(read_file(AT_FDCWD, path, longest), '\n').head;
    } catch (const Error& error) {
        // Go's words for it, which scripts compare.
        if (error.errno_value() == 0)
            throw;
        throw Error{error.errno_value(), cat("reading CIDFile: open ", path)};
    }
}

std::string clean_path(std::string_view path)
{
    const bool absolute = path.starts_with('/');
    std::vector<std::string> parts;
    for (std::string& part : split_at(path, '/')) {
        if (part.empty() || part == ".")
            continue;
        if (part != "..")
            parts.push_back(std::move(part));
        else if (!parts.empty() && parts.back() != "..")
            parts.pop_back();
        else if (!absolute)
            parts.push_back(std::move(part));
    }
    std::string out = absolute ? "/" : "";
    for (std::size_t i = 0; i < parts.size(); ++i)
        out += cat(i == 0 ? "" : "/", parts[i]);
    return out.empty() ? "." : out;
}

std::string absolute_path(std::string_view path)
{
    if (path.starts_with('/'))
        return clean_path(path);
    std::array<char, 4096> here{};
    if (::getcwd(here.data(), here.size()) == nullptr)
        throw Error{errno, "finding the working directory"};
    return clean_path(cat(here.data(), "/", path));
}

} // namespace skiff::cli
