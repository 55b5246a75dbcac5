#include "frontends/compose/short_forms.hpp"

#include "net/ip_address.hpp"
#include "runtime/cdi_spec.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace skiff::compose {
namespace {

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> pieces(1);
    for (const char c : text) {
        if (c == separator)
            pieces.emplace_back();
        else
            pieces.back() += c;
    }
    return pieces;
}

struct PortRange
{
    unsigned first = 0, last = 0;
    [[nodiscard]] unsigned size() const { return last - first + 1; }
};

std::optional<unsigned> find_port(std::string_view text)
{
    unsigned port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc{} || end != text.data() + text.size() || port > 65535)
        return std::nullopt;
    return port;
}

PortRange read_range(const std::string& text, const std::string& whole, const Place& place)
{
    const std::size_t dash = text.find('-');
    const auto first = find_port(std::string_view{text}.substr(0, dash));
    const auto last = dash == std::string::npos ? first : find_port(std::string_view{text}.substr(dash + 1));
    if (!first || !last || *last < *first || *first == 0)
        throw error_at(place, cat("invalid port ", quoted(text), " in ", quoted(whole)))
            .with_hint("ports are [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], for instance \"8080:80\"");
    return {*first, *last};
}

} // namespace

void check_host_ip(const Node& address)
{
    if (!address.text.empty() && !net::find_ip_address(address.text) && address.text.find('$') == std::string::npos)
        throw error_at(address.place, cat("invalid IP address ", quoted(address.text)))
            .with_hint("ports are [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], for instance \"127.0.0.1:8080:80\"");
}

void check_port(const Node& port)
{
    const bool is_open = port.text.empty() || port.text == "0";
    if (!is_open && port.text.find('$') == std::string::npos) // not interpolated
        (void)read_range(port.text, port.text, port.place);
}

std::vector<Node> expand_port(const std::string& text, const Place& place)
{
    if (const std::size_t blank = text.find_first_of(" \n"); blank != std::string::npos) // a quote that ends lines below
        throw error_at(place, cat("invalid port: there is a blank behind ", quoted(text.substr(0, std::min(blank, std::size_t{40})))))
            .with_hint("is a closing quote missing on this line? Ports are for instance \"8080:80\"");
    std::string rest = text;
    std::string protocol = "tcp";
    if (const std::size_t slash = rest.find('/'); slash != std::string::npos) {
        protocol = rest.substr(slash + 1);
        rest.resize(slash);
        if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
            throw error_at(place, cat("invalid protocol ", quoted(protocol), " in ", quoted(text))).with_hint("there are tcp and udp");
    }
    std::string host_ip;
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find("]:");
        if (end == std::string::npos)
            throw error_at(place, cat("invalid address in ", quoted(text)));
        host_ip = rest.substr(1, end - 1);
        rest.erase(0, end + 2);
    }
    std::vector<std::string> pieces = split(rest, ':');
    // An IPv6 address without brackets: all but the last two.
    if (host_ip.empty() && pieces.size() >= 3) {
        host_ip = rest.substr(0, rest.size() - pieces.back().size() - pieces[pieces.size() - 2].size() - 2);
        pieces.erase(pieces.begin(), pieces.end() - 2);
    }
    if (pieces.size() > 2)
        throw error_at(place, cat("invalid port ", quoted(text)));
    check_host_ip(Node::make_text(host_ip, place));
    const PortRange target = read_range(pieces.back(), text, place);
    std::optional<PortRange> published;
    if (pieces.size() == 2 && !pieces[0].empty() && pieces[0] != "0")
        published = read_range(pieces[0], text, place);
    if (published && target.size() > 1 && published->size() != target.size())
        throw error_at(place, cat("the port ranges of ", quoted(text), " differ in length"));

    std::vector<Node> ports;
    for (unsigned offset = 0; offset < target.size(); ++offset) {
        Node port = Node::make_map(place);
        port.set("mode", Node::make_text("ingress", place));
        if (!host_ip.empty())
            port.set("host_ip", Node::make_text(host_ip, place));
        port.set("target", Node::make_text(cat(target.first + offset), place)).plain = true;
        if (published && target.size() == 1 && published->size() > 1)
            port.set("published", Node::make_text(cat(published->first, "-", published->last), place));
        else if (published)
            port.set("published", Node::make_text(cat(published->first + offset), place));
        port.set("protocol", Node::make_text(protocol, place));
        ports.push_back(std::move(port));
    }
    return ports;
}

Node expand_volume(const std::string& text, const Place& place)
{
    const std::vector<std::string> pieces = split(text, ':');
    if (text.empty() || pieces.size() > 3 || std::any_of(pieces.begin(), pieces.end(), [](const std::string& p) { return p.empty(); }))
        throw error_at(place, cat("invalid volume ", quoted(text))).with_hint("volumes are [SOURCE:]DIRECTORY[:OPTIONS]");
    Node volume = Node::make_map(place);
    const auto text_node = [&](const std::string& value) { return Node::make_text(value, place); };
    if (pieces.size() == 1) {
        volume.set("type", text_node("volume"));
        volume.set("target", text_node(pieces[0]));
        return volume;
    }
    const bool is_bind = pieces[0].starts_with('.') || pieces[0].starts_with('/') || pieces[0].starts_with('~');
    volume.set("type", text_node(is_bind ? "bind" : "volume"));
    volume.set("source", text_node(pieces[0]));
    volume.set("target", text_node(pieces[1]));
    Node own = Node::make_map(place);
    if (is_bind)
        own.set("create_host_path", Node::make_bool(true, place));
    Node further = Node::make_list(place);
    for (const std::string& option : pieces.size() == 3 ? split(pieces[2], ',') : std::vector<std::string>{}) {
        if (option == "ro")
            volume.set("read_only", Node::make_bool(true, place));
        else if (option == "nocopy" && !is_bind)
            own.set("nocopy", Node::make_bool(true, place));
        else if ((option == "z" || option == "Z") && is_bind)
            own.set("selinux", text_node(option));
        else if (is_bind && (option.ends_with("private") || option.ends_with("shared") || option.ends_with("slave")))
            own.set("propagation", text_node(option));
        else if (option != "rw" && option != "cached" && option != "delegated" && option != "consistent")
            further.items.push_back(text_node(option));
    }
    if (!own.entries.empty())
        volume.set(is_bind ? "bind" : "volume", std::move(own));
    if (!further.items.empty())
        volume.set("x-options", std::move(further));
    return volume;
}

Node expand_device(const std::string& text, const Place& place)
{
    Node device = Node::make_map(place);
    const std::vector<std::string> pieces = runtime::is_cdi_name(text) ? std::vector<std::string>{text} : split(text, ':');
    if (pieces.size() > 3 || pieces[0].empty())
        throw error_at(place, cat("invalid device ", quoted(text))).with_hint("devices are SOURCE[:TARGET[:rwm]]");
    device.set("source", Node::make_text(pieces[0], place));
    device.set("target", Node::make_text(pieces.size() > 1 ? pieces[1] : pieces[0], place));
    device.set("permissions", Node::make_text(pieces.size() > 2 ? pieces[2] : "rwm", place));
    return device;
}

} // namespace skiff::compose
