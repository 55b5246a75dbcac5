#include "net/hosts_file.hpp"

#include "base/error.hpp"
#include "net/subnet.hpp"

#include <algorithm>
#include <set>

namespace skiff::net {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

std::string_view take_line(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::string_view take_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

bool is_address(const std::string& text) { return find_ipv4(text) || find_ipv6(text); }

void append_line(std::string& out, const HostsEntry& entry)
{
    out += entry.address;
    char separator = '\t';
    for (const std::string& name : entry.names) {
        out += separator;
        out += name;
        separator = ' ';
    }
    out += '\n';
}

} // namespace

std::vector<HostsEntry> parse_hosts(std::string_view text)
{
    std::vector<HostsEntry> entries;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        line = line.substr(0, line.find('#'));
        HostsEntry entry;
        entry.address = take_word(line);
        for (std::string_view name = take_word(line); !name.empty(); name = take_word(line))
            entry.names.emplace_back(name);
        if (!entry.names.empty())
            entries.push_back(std::move(entry));
    }
    return entries;
}

std::vector<std::string> make_own_names(const std::string& hostname, const std::string& container_name)
{
    std::vector<std::string> names;
    for (const std::string& name : {hostname, hostname.substr(0, hostname.find('.')), container_name})
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    return names;
}

HostsEntry parse_added_host(const std::string& text, const std::string& host_address)
{
    // The address may be IPv6 and contain colons, a name may not: the first one separates.
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos)
        throw Error{ErrorKind::Usage, cat("unable to parse host entry \"", printable(text), "\": incorrect format")};
    HostsEntry entry;
    std::string_view names = std::string_view{text}.substr(0, colon);
    while (true) {
        const std::size_t end = names.find(';');
        const std::string_view name = names.substr(0, end);
        if (name.empty())
            throw Error{ErrorKind::Usage, cat("hostname in host entry \"", printable(text), "\" is empty")};
        if (name.find_first_of(" \t\r\n\v\f#") != std::string_view::npos)
            throw Error{ErrorKind::Usage, cat("hostname in host entry \"", printable(text), "\" contains blanks or '#'")};
        entry.names.emplace_back(name);
        if (end == std::string_view::npos)
            break;
        names.remove_prefix(end + 1);
    }
    entry.address = text.substr(colon + 1);
    if (entry.address.empty())
        throw Error{ErrorKind::Usage, cat("IP address in host entry \"", printable(text), "\" is empty")};
    if (entry.address == "host-gateway") {
        if (host_address.empty())
            throw Error{ErrorKind::Usage, cat("unable to replace \"host-gateway\" of host entry \"", printable(text),
                                              "\": host containers internal IP address is empty")};
        entry.address = host_address;
    }
    if (entry.address.size() > 2 && entry.address.front() == '[' && entry.address.back() == ']')
        entry.address = entry.address.substr(1, entry.address.size() - 2);
    if (!is_address(entry.address))
        throw Error{ErrorKind::Usage, cat("invalid IP address in add-host: \"", printable(entry.address), "\"")};
    return entry;
}

std::string replace_hosts(std::string_view text, const std::vector<HostsEntry>& before, const std::vector<HostsEntry>& after)
{
    const auto has = [](const std::vector<HostsEntry>& entries, const std::string& address) {
        return std::any_of(entries.begin(), entries.end(), [&](const HostsEntry& e) { return e.address == address; });
    };
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end);
        const std::string address{line.substr(0, line.find_first_of(" \t\n"))};
        if (!has(before, address) || has(after, address))
            out += line;
    }
    if (!out.empty() && out.back() != '\n')
        out += '\n';
    for (const HostsEntry& entry : after)
        if (!has(before, entry.address))
            append_line(out, entry);
    return out;
}

std::string make_hosts_file(const HostsRequest& request)
{
    std::vector<HostsEntry> fixed;
    for (const std::string& text : request.add_hosts)
        fixed.push_back(parse_added_host(text, request.host_address));
    for (HostsEntry& entry : parse_hosts(request.base))
        fixed.push_back(std::move(entry));

    std::string out;
    std::set<std::string> taken;
    for (const HostsEntry& entry : fixed) {
        append_line(out, entry);
        taken.insert(entry.names.begin(), entry.names.end());
    }
    std::vector<HostsEntry> offered{{"127.0.0.1", {"localhost"}}, {"::1", {"localhost"}}};
    if (!request.host_address.empty())
        offered.push_back({request.host_address, {"host.containers.internal", "host.docker.internal"}});
    offered.insert(offered.end(), request.container.begin(), request.container.end());
    for (HostsEntry& entry : offered) {
        // Compared with what the user gave only: localhost may well have two addresses here.
        std::erase_if(entry.names, [&](const std::string& name) { return taken.contains(name); });
        if (!entry.names.empty())
            append_line(out, entry);
    }
    return out;
}

} // namespace skiff::net
