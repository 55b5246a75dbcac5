#include "model/port_mapping.hpp"

#include "base/cat.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <tuple>

namespace skiff {
namespace {

Error usage(std::string message) { return Error{ErrorKind::Usage, std::move(message)}; }

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::uint16_t parse_port(std::string_view text)
{
    long port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error == std::errc::invalid_argument || end != text.data() + text.size())
        throw usage(cat("invalid port number: strconv.Atoi: parsing \"", text, "\": invalid syntax"));
    if (error == std::errc::result_out_of_range)
        throw usage(cat("invalid port number: strconv.Atoi: parsing \"", text, "\": value out of range"));
    if ( port < 1 || port > 65535)
        throw usage(cat("port numbers must be between 1 and 65535 (inclusive), got ", text));
    return static_cast<std::uint16_t>(port);
}

struct PortRange
{
    std::uint16_t first;
    std::uint16_t length;
};

PortRange parse_range(std::string_view text)
{
    const auto ends = split(text, '-');
    if (ends.size() > 2)
        throw usage("invalid port format - port ranges are formatted as startPort-stopPort");
    if (ends[0].empty())
        throw usage("port numbers cannot be negative");
    const std::uint16_t first = parse_port(ends[0]);
    if (ends.size() == 1)
        return {first, 1};
    if (ends[1].empty())
        throw usage("must provide ending number for port range");
    const std::uint16_t last = parse_port(ends[1]);
    // Podman refuses 80-80, Docker takes it: it harms nobody.
    if (last < first)
        throw usage(
            cat("the end port of a range must be higher than the start port - ", last, " is not higher than ", first));
    return {first, static_cast<std::uint16_t>(last - first + 1)};
}

std::string parse_protocol(std::string_view text)
{
    std::string protocol{text};
    std::transform(protocol.begin(), protocol.end(), protocol.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (protocol.empty())
        throw usage("must provide a non-empty protocol to publish");
    if (protocol == "sctp")
        throw usage("protocol sctp is not supported: an unprivileged network carries tcp and udp only");
    if (protocol != "tcp" && protocol != "udp")
        throw usage(cat("unrecognized protocol ", quoted(text), ": must be tcp or udp"));
    return protocol;
}

/// The protocol after the slash, which is cut off `text`.
std::optional<std::string> take_protocol(std::string_view& text)
{
    const auto parts = split(text, '/');
    if (parts.size() > 2)
        throw usage("invalid port format - protocol can only be specified once");
    text = parts[0];
    if (parts.size() == 1)
        return std::nullopt;
    return parse_protocol(parts[1]);
}

std::string parse_host_ip(std::string_view text)
{
    if (text.empty())
        throw usage("must provide a non-empty container host IP to publish");
    const std::string ip{text};
    std::array<unsigned char, 16> address{};
    std::array<char, INET6_ADDRSTRLEN> normal{};
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, ip.c_str(), address.data()) == 1 &&
            ::inet_ntop(family, address.data(), normal.data(), normal.size()) != nullptr)
            return normal.data(); // 0.0.0.0, too: it means all addresses of IPv4, and not what containers.conf says
    throw usage(cat("cannot parse ", quoted(text), " as an IP address"));
}

struct Parts
{
    std::optional<std::string_view> host_ip;
    std::optional<std::string_view> host_ports;
    std::string_view container_ports;
};

Parts take_apart(std::string_view text)
{
    Parts parts;
    if (const auto brackets = split(text, ']'); brackets.size() == 2) {
        if (!brackets[0].starts_with('['))
            throw usage("invalid port format - IPv6 addresses must be enclosed by []");
        if (!brackets[1].starts_with(':'))
            throw usage("invalid port format - IPv6 address must be followed by a colon (':')");
        parts.host_ip = brackets[0].substr(1);
        text = brackets[1].substr(1);
    } else if (brackets.size() > 2) {
        throw usage("invalid port format - at most one IPv6 address can be specified in a --publish");
    }
    const auto fields = split(text, ':');
    if (fields.size() == 1 && parts.host_ip)
        throw usage("invalid port format - must provide host and destination port if specifying an IP");
    if (fields.size() == 3 && parts.host_ip)
        throw usage("invalid port format - when v6 address specified, must be [ipv6]:hostPort:ctrPort");
    if (fields.size() > 3)
        throw usage("invalid port format - format is [[hostIP:]hostPort:]containerPort");
    if (fields.size() == 3)
        parts.host_ip = fields[0];
    if (fields.size() >= 2)
        parts.host_ports = fields[fields.size() - 2];
    parts.container_ports = fields.back();
    return parts;
}

std::string range_text(unsigned first, unsigned length)
{
    return length > 1 ? cat(first, "-", first + length - 1) : cat(first);
}

/// `next` continues `port`: same place and protocol, the following port on both sides.
bool continues(const PortMapping& port, const PortMapping& next)
{
    return port.host_ip == next.host_ip && port.protocol == next.protocol &&
           port.container_port + port.range == next.container_port &&
           (port.host_port == 0 ? next.host_port == 0 : port.host_port + port.range == next.host_port);
}

void join_neighbours(std::vector<PortMapping>& ports)
{
    std::stable_sort(ports.begin(), ports.end(), [](const PortMapping& a, const PortMapping& b) {
        return std::tie(a.protocol, a.host_ip, a.container_port, a.host_port) <
               std::tie(b.protocol, b.host_ip, b.container_port, b.host_port);
    });
    std::vector<PortMapping> joined;
    for (const PortMapping& port : ports) {
        if (!joined.empty() && continues(joined.back(), port))
            joined.back().range = static_cast<std::uint16_t>(joined.back().range + port.range);
        else
            joined.push_back(port);
    }
    ports = std::move(joined);
}

bool covers(const PortMapping& published, const PortMapping& exposed)
{
    return published.protocol == exposed.protocol && published.container_port <= exposed.container_port &&
           exposed.container_port + exposed.range <= published.container_port + published.range;
}

} // namespace

PortMapping parse_port_mapping(const std::string& text)
{
    std::string_view rest = text;
    PortMapping port;
    if (auto protocol = take_protocol(rest))
        port.protocol = std::move(*protocol);
    const Parts parts = take_apart(rest);
    if (parts.container_ports.empty())
        throw usage("must provide a non-empty container port to publish");
    const PortRange container =
        while_doing("parsing container port", [&] { return parse_range(parts.container_ports); });
    port.container_port = container.first;
    port.range = container.length;
    if (parts.host_ip)
        port.host_ip = parse_host_ip(*parts.host_ip);
    if (parts.host_ports && !parts.host_ports->empty()) {
        const PortRange host = while_doing("parsing host port", [&] { return parse_range(*parts.host_ports); });
        if (host.length != container.length)
            throw usage(
                cat("host and container port ranges have different lengths: ", host.length, " vs ", container.length));
        port.host_port = host.first;
    }
    return port;
}

PortMapping parse_exposed_port(const std::string& text)
{
    std::string_view rest = text;
    PortMapping port;
    if (auto protocol = take_protocol(rest))
        port.protocol = std::move(*protocol);
    if (rest.empty())
        throw usage("must provide a non-empty container port to expose");
    const PortRange range = parse_range(rest);
    port.container_port = range.first;
    port.range = range.length;
    return port;
}

std::string format_ports(const std::vector<PortMapping>& published, const std::vector<PortMapping>& exposed)
{
    std::vector<PortMapping> shown = published;
    join_neighbours(shown);
    std::vector<PortMapping> others;
    for (const PortMapping& port : exposed)
        if (std::none_of(shown.begin(), shown.end(), [&](const PortMapping& p) { return covers(p, port); }))
            others.push_back(port);
    join_neighbours(others);

    std::string text;
    for (const PortMapping& port : shown) {
        const bool v6 = port.host_ip.find(':') != std::string::npos;
        const std::string host = port.host_ip.empty() ? "0.0.0.0" : v6 ? cat("[", port.host_ip, "]") : port.host_ip;
        text += cat(text.empty() ? "" : ", ", host, ":", range_text(port.host_port, port.range), "->",
                    range_text(port.container_port, port.range), "/", port.protocol);
    }
    for (const PortMapping& port : others)
        text += cat(text.empty() ? "" : ", ", range_text(port.container_port, port.range), "/", port.protocol);
    return text;
}

} // namespace skiff
