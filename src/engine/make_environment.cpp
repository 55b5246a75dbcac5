// The environment of a container's process: a second half of make_config.hpp.

#include "engine/make_config.hpp"

#include <algorithm>
#include <array>

namespace skiff::engine {
namespace {

constexpr const char* default_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Proxies of the caller, which programs inside need as much as those outside.
constexpr std::array proxy_names{"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                 "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"};

/// Keeps the order of first appearance, and the last value.
class Variables
{
  public:
    void set(const std::string& name, const std::string& value)
    {
        const auto found = find(name);
        if (found == entries_.end())
            entries_.emplace_back(name, value);
        else
            found->second = value;
    }
    void set(const std::string& assignment)
    {
        const std::size_t equals = assignment.find('=');
        if (equals != std::string::npos && equals > 0)
            set(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    void unset(const std::string& name)
    {
        std::erase_if(entries_, [&](const auto& entry) { return entry.first == name; });
    }
    void clear() { entries_.clear(); }
    [[nodiscard]] std::string value(const std::string& name) const
    {
        for (const auto& [known, value] : entries_)
            if (known == name)
                return value;
        return {};
    }
    [[nodiscard]] std::vector<std::string> take() const
    {
        std::vector<std::string> list;
        for (const auto& [name, value] : entries_)
            list.push_back(name + "=" + value);
        return list;
    }

  private:
    std::vector<std::pair<std::string, std::string>>::iterator find(const std::string& name)
    {
        return std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
    }
    std::vector<std::pair<std::string, std::string>> entries_;
};

/// "$NAME" and "${NAME}" in `text`, from `variables`.
std::string expand(const std::string& text, const Variables& variables)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '$') {
            out += text[at++];
            continue;
        }
        const bool braced = at + 1 < text.size() && text[at + 1] == '{';
        std::size_t begin = at + (braced ? 2U : 1U);
        std::size_t end = begin;
        const auto is_name = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        };
        while (end < text.size() && is_name(text[end]))
            ++end;
        if (end == begin || (braced && (end >= text.size() || text[end] != '}'))) {
            out += text[at++];
            continue;
        }
        out += variables.value(text.substr(begin, end - begin));
        at = end + (braced ? 1U : 0U);
    }
    return out;
}

} // namespace

std::optional<std::string> find_variable(const std::vector<std::string>& environment, const std::string& name)
{
    for (const std::string& entry : environment)
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
            return entry.substr(name.size() + 1);
    return std::nullopt;
}

std::vector<std::string> make_environment(const CreateRequest& request, const std::vector<std::string>& image_env,
                                          const Settings& settings, const CallerFacts& caller)
{
    const EnvironmentRequest& asked = request.environment;
    Variables variables;
    variables.set(default_path);
    if (request.tty)
        variables.set("TERM", "xterm");
    variables.set("container", "skiff");
    for (const std::string& entry : settings.env)
        variables.set(entry);
    if (asked.http_proxy.value_or(settings.http_proxy.value_or(true)))
        for (const char* name : proxy_names)
            if (const auto value = find_variable(caller.environment, name))
                variables.set(name, *value);
    for (const std::string& entry : image_env)
        variables.set(entry);
    if (asked.from_host || settings.env_host.value_or(false))
        for (const std::string& entry : caller.environment)
            variables.set(entry);
    if (asked.unset_all)
        variables.clear();
    for (const std::string& name : asked.unset)
        variables.unset(name);
    for (const auto& [name, value] : asked.merge)
        variables.set(name, expand(value, variables));
    for (const auto& [name, value] : asked.set)
        variables.set(name, value);
    return variables.take();
}

} // namespace skiff::engine
