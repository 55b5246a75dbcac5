#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The text of a container's /etc/resolv.conf.
namespace skiff::net {

/// What resolv.conf(5) says, as far as it matters.
struct ResolvConf
{
    std::vector<std::string> name_servers;
    std::vector<std::string> search;
    std::vector<std::string> options;
    bool operator==(const ResolvConf&) const = default;
};

/// Unknown lines and comments are skipped; the last `search` or `domain` line counts, as for the resolver.
ResolvConf parse_resolv_conf(std::string_view text);
std::string to_text(const ResolvConf& conf); ///< "search", "nameserver" and "options" lines

/// The host's own. Where systemd-resolved puts its stub (127.0.0.53) there, the servers behind it are taken.
/// A missing file is an empty configuration.
ResolvConf load_host_resolv_conf();

/// 127.0.0.0/8 and ::1 (also with a scope): means something else in another network namespace.
bool is_loopback_server(const std::string& address);

struct ResolvRequest
{
    ResolvConf host;
    bool host_network = false;                ///< the container shares the host's network: loopback servers are good
    std::vector<std::string> network_servers; ///< of the container's own network (10.0.2.3); asked first
    bool name_service = false;                ///< the network's servers know names of containers, and ask --dns themselves
    std::vector<std::string> dns;             ///< --dns: instead of all other servers
    std::vector<std::string> dns_search;      ///< --dns-search: instead of the host's; "." is none
    std::vector<std::string> dns_options;     ///< --dns-option: instead of the host's
};

ResolvConf make_resolv_conf(const ResolvRequest& request);

} // namespace skiff::net
