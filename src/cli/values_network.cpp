#include "cli/values_network.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>

namespace skiff::cli {
namespace {

using text::go_quoted;

bool is_address(int family, const std::string& text)
{
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(family, text.c_str(), bytes) == 1;
}

bool is_address(const std::string& text) { return is_address(AF_INET, text) || is_address(AF_INET6, text); }

/// Modes that are one word; the rest are names of networks.
bool is_reserved(const std::string& word)
{
    for (const std::string_view mode :
         {"bridge", "pasta", "slirp4netns", "pod", "none", "default", "private", "ns", "container", "host"})
        if (word == mode)
            return true;
    return false;
}

std::map<std::string, std::string> read_options(std::string_view text)
{
    std::map<std::string, std::string> options;
    for (const std::string& option : split_at(text, ',')) {
        Cut cut = cut_at(option, '=');
        if (!cut.head.empty())
            options[cut.head] = std::move(cut.tail).value_or("");
    }
    return options;
}

/// ip=, mac=, alias= ... of one network by name.
NetworkRequest::Named read_named(const std::string& name, const std::optional<std::string>& options)
{
    NetworkRequest::Named network{name, {}, {}, {}};
    if (!options || options->empty())
        return network;
    for (const std::string& option : split_at(*options, ',')) {
        Cut cut = cut_at(option, '=');
        std::replace(cut.head.begin(), cut.head.end(), '-', '_'); // Docker writes gw-priority, Podman interface_name
        const std::string value = cut.tail.value_or("");
        if ((cut.head == "ip" || cut.head == "ip6" || cut.head == "link_local_ip") && !is_address(value))
            throw usage_error(cat("invalid ip address ", go_quoted(value)));
        if ((cut.head == "alias" || cut.head == "interface_name") && value.empty())
            throw usage_error(cat(cut.head, " cannot be empty"));
        if (cut.head == "alias")
            network.aliases.push_back(read_host_name(value));
        else if (cut.head == "mac")
            network.options["mac"] = read_mac_address(value);
        else if (cut.head == "link_local_ip")
            network.link_local_ips.push_back(value);
        else if (cut.head == "ip" || cut.head == "ip6" || cut.head == "interface_name" ||
                 cut.head == "host_interface_name")
            network.options[cut.head] = value;
        else if (!cut.head.empty())
            network.options[cut.head] = value; // the network's driver knows it
    }
    return network;
}

void add_further_network(NetworkRequest& request, std::string_view text)
{
    const Cut cut = cut_at(text, ':');
    if (request.networks.empty() && request.kind != "bridge")
        throw usage_error(cat("cannot set multiple networks without bridge network mode, selected mode ",
                              request.kind.empty() ? "other" : request.kind, ": invalid argument"));
    if (cut.head.empty())
        throw usage_error("network name cannot be empty: invalid argument");
    if (is_reserved(cut.head))
        throw usage_error(cat("can only set extra network names, selected mode ", cut.head,
                              " conflicts with bridge: invalid argument"));
    request.networks.push_back(
        while_doing(cat("invalid option for network ", cut.head), [&] { return read_named(cut.head, cut.tail); }));
}

/// The options of the bridge are those of a network without a name: they concern the default one.
void set_bridge(NetworkRequest& request, const std::optional<std::string>& options)
{
    const NetworkRequest::Named unnamed = read_named({}, options);
    for (const auto& [key, value] : unnamed.options) {
        if (key == "ip")
            request.ip = value;
        else if (key == "ip6")
            request.ip6 = value;
        else if (key == "mac")
            request.mac_address = value;
        else
            request.options[key] = value;
    }
    request.aliases.insert(request.aliases.end(), unnamed.aliases.begin(), unnamed.aliases.end());
    request.link_local_ips.insert(request.link_local_ips.end(), unnamed.link_local_ips.begin(), unnamed.link_local_ips.end());
}

void add_named_networks(NetworkRequest& request, std::string_view text, const Cut& cut)
{
    request.mode = NamespaceChoice{NamespaceMode::Private, {}};
    request.kind = "bridge";
    if (cut.tail && cut.head.empty())
        throw usage_error("network name cannot be empty");
    if (cut.tail) {
        request.networks.push_back(
            while_doing(cat("invalid option for network ", cut.head), [&] { return read_named(cut.head, cut.tail); }));
        return;
    }
    for (std::string& name : split_at(text, ','))
        request.networks.push_back({std::move(name), {}, {}, {}});
}

} // namespace

void add_network(NetworkRequest& request, std::string_view text)
{
    if (request.mode) {
        add_further_network(request, text);
        return;
    }
    const Cut cut = cut_at(text, ':');
    const std::string& word = cut.head;
    const auto with_target = [&](NamespaceMode mode) {
        if (!cut.tail || cut.tail->empty())
            throw usage_error(
                cat("namespace mode ", mode == NamespaceMode::Path ? "path" : "container", " requires a value"));
        request.mode = NamespaceChoice{mode, *cut.tail};
        request.kind = word;
    };
    if (text.empty() || text == "default" || text == "private") {
        request.mode = NamespaceChoice{};
        request.kind = "private";
    } else if (text == "none" || text == "host") {
        request.mode = NamespaceChoice{text == "none" ? NamespaceMode::None : NamespaceMode::Host, {}};
        request.kind = text;
    } else if (word == "slirp4netns" || word == "pasta") {
        request.mode = NamespaceChoice{};
        request.kind = word;
        request.options = read_options(cut.tail.value_or(""));
    } else if (word == "bridge") {
        request.mode = NamespaceChoice{};
        request.kind = word;
        set_bridge(request, cut.tail);
    } else if (word == "ns" && cut.tail) {
        with_target(NamespaceMode::Path);
    } else if (word == "container" && cut.tail) {
        with_target(NamespaceMode::Container);
    } else if (text == "pod") {
        throw usage_error("network mode pod is not supported: pods are not built yet");
    } else {
        add_named_networks(request, text, cut);
    }
}

std::string read_host_name(std::string_view text)
{
    constexpr std::size_t longest = 253;
    const bool is_plain = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '#'; });
    if (!is_plain || text.size() > longest)
        throw usage_error(cat("invalid host name: ", go_quoted(text))).with_hint("up to 253 characters, without blanks and line ends");
    return std::string{text};
}

std::string read_added_host(std::string_view text)
{
    const Cut cut = cut_at(text, ':');
    if (!cut.tail || cut.head.empty())
        throw usage_error(cat("bad format for add-host: ", go_quoted(text)));
    for (const std::string& name : split_at(cut.head, ';'))
        if (name.empty())
            throw usage_error(cat("hostname in add-host ", go_quoted(text), " is empty"));
        else
            (void)read_host_name(name);
    if (*cut.tail != "host-gateway" && !is_address(*cut.tail))
        throw usage_error(cat("invalid IP address in add-host: ", go_quoted(*cut.tail)));
    return std::string{text};
}

void add_dns_server(std::optional<std::vector<std::string>>& servers, std::string_view text)
{
    const std::string word{text};
    if (!servers)
        servers.emplace();
    if (word != "none" && !is_address(word))
        throw usage_error(cat(printable(word), " is not an ip address"));
    servers->push_back(word);
    if (servers->size() > 1 && std::find(servers->begin(), servers->end(), "none") != servers->end())
        throw usage_error("none is not allowed to be specified with other DNS ip addresses");
}

void add_dns_search(std::vector<std::string>& domains, std::string_view text)
{
    const std::string domain{text.ends_with('.') && text.size() > 1 ? text.substr(0, text.size() - 1) : text};
    bool valid = domain.size() < 255 &&
                 std::any_of(domain.begin(), domain.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
    for (const std::string& label : split_at(domain, '.'))
        valid =
            valid && !label.empty() && label.front() != '-' && label.back() != '-' &&
            std::all_of(label.begin(), label.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
    if (!valid && text != ".")
        throw usage_error(cat(printable(text), " is not a valid domain"));
    domains.push_back(domain);
    if (domains.size() > 1 && std::find(domains.begin(), domains.end(), ".") != domains.end())
        throw usage_error("cannot pass additional search domains when also specifying '.'");
}

std::string read_ipv4(std::string_view text)
{
    if (!is_address(AF_INET, std::string{text}))
        throw usage_error(cat(go_quoted(text), " is not an ip address"));
    return std::string{text};
}

std::string read_ipv6(std::string_view text)
{
    if (!is_address(AF_INET6, std::string{text}))
        throw usage_error(cat(go_quoted(text), " is not an ip address"));
    return std::string{text};
}

std::string read_ip(std::string_view text)
{
    if (!is_address(std::string{text}))
        throw usage_error(cat(go_quoted(text), " is not an ip address"));
    return std::string{text};
}

std::string read_mac_address(std::string_view text)
{
    constexpr std::size_t length = 17;
    std::string mac{text};
    bool valid = mac.size() == length;
    for (std::size_t i = 0; valid && i < length; ++i) {
        const auto c = static_cast<unsigned char>(mac[i]);
        valid = i % 3 == 2 ? c == ':' || c == '-' : std::isxdigit(c) != 0;
        mac[i] = i % 3 == 2 ? ':' : static_cast<char>(std::tolower(c));
    }
    if (!valid)
        throw usage_error(cat("address ", printable(text), ": invalid MAC address"));
    return mac;
}

} // namespace skiff::cli
