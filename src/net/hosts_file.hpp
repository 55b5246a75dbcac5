#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The text of a container's /etc/hosts. Pure: who reads the base file and writes the result is the caller.
namespace skiff::net {

struct HostsEntry
{
    std::string address;
    std::vector<std::string> names;
    bool operator==(const HostsEntry&) const = default;
};

/// What a container is called at its own address: its host name, of "web.example.org" also "web", and its name. Each once.
std::vector<std::string> make_own_names(const std::string& hostname, const std::string& container_name);

/// Reads hosts(5): comments and lines without a name are skipped, nothing is refused (the file is a user's or an image's).
std::vector<HostsEntry> parse_hosts(std::string_view text);

/// Reads one --add-host: "name[;name...]:address"; the address "host-gateway" stands for `host_address`.
/// Throws Error(Usage) on another form, on something that is no address, and on host-gateway where the container has no
/// way to the host (`host_address` empty). Source: podman-run(1), --add-host.
HostsEntry parse_added_host(const std::string& text, const std::string& host_address);

struct HostsRequest
{
    std::string base;                   ///< text of the base file: the host's, the image's, another one, or nothing
    std::vector<std::string> add_hosts; ///< as --add-host writes them
    std::string host_address;           ///< for host.containers.internal and host.docker.internal; empty: no such names
    std::vector<HostsEntry> container;  ///< the container's own addresses and names
};

/// Added hosts first, then the base file, then localhost, the host and the container itself as far as their names are not
/// taken by then: the resolver takes the first match, so the user's word wins.
std::string make_hosts_file(const HostsRequest& request);

/// `text` without the lines of the addresses in `before` that are not in `after`, and with those that are new in it; what
/// programs inside have changed stays.
std::string replace_hosts(std::string_view text, const std::vector<HostsEntry>& before, const std::vector<HostsEntry>& after);

} // namespace skiff::net
