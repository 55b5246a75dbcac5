#pragma once

#include "model/create_request.hpp"

#include <string>
#include <string_view>
#include <vector>

/// --network and what belongs to it.
namespace skiff::cli {

/// One --network: a mode (private, none, host, bridge[:opts], slirp4netns[:opts], pasta[:opts], container:NAME,
/// ns:PATH) or NAME[:opts], or NAME,NAME...; further ones only behind a network by name. Errors: `cannot set multiple
/// networks without bridge network mode, selected mode x: invalid argument` ...
void add_network(NetworkRequest& request, std::string_view text);

/// A name as /etc/hosts can hold it: no blanks, no control characters, at most 253 bytes (RFC 1035).
std::string read_host_name(std::string_view text);

/// HOST[;HOST...]:IP, or host-gateway. Errors: `invalid IP address in add-host: "x"`, `bad format for add-host: "x"`.
std::string read_added_host(std::string_view text);

/// An address, or "none", which stands alone. Errors: `x is not an ip address`.
void add_dns_server(std::optional<std::vector<std::string>>& servers, std::string_view text);
/// A domain, or "." for none, which stands alone. Errors: `x is not a valid domain`.
void add_dns_search(std::vector<std::string>& domains, std::string_view text);

std::string read_ipv4(std::string_view text); ///< `"x" is not an ip address`
std::string read_ipv6(std::string_view text);
std::string read_ip(std::string_view text); ///< of either family
std::string read_mac_address(std::string_view text); ///< six bytes in hex with ':' or '-'; lower case and ':' come out

} // namespace skiff::cli
