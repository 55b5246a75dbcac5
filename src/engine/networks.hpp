#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"
#include "model/network.hpp"

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// Networks by name. There is always the one called "podman" (the default one), which has no record until it is changed;
/// containers are in it with --network podman or bridge, and without --network in a network of their own.
namespace skiff::engine {

/// What a user asks of a new network; what is empty is chosen.
struct CreateNetworkRequest
{
    struct SubnetRequest
    {
        std::string subnet;   ///< "10.1.2.0/24", "fd00::/64"
        std::string gateway;  ///< within the subnet
        std::string ip_range; ///< "10.1.2.128/25" or "10.1.2.10-10.1.2.20": containers get addresses from there
    };
    std::string name; ///< empty: podman1, podman2 ...
    std::string driver = "bridge";
    std::string ipam_driver; ///< empty or "host-local"
    std::vector<SubnetRequest> subnets;
    bool ipv6 = false; ///< also an IPv6 subnet, when none of the subnets is one
    bool internal = false;
    bool disable_dns = false;
    std::vector<std::string> dns_servers;
    std::map<std::string, std::string> aux_addresses; ///< by name: addresses in the subnets that containers do not get
    std::map<std::string, std::string> labels, options;
    std::vector<std::string> routes; ///< "DESTINATION,GATEWAY[,METRIC]"
    std::string interface;           ///< name of the bridge
    bool ignore_existing = false;
};

/// Throws `network name X already used: network already exists` and Podman's other words for what cannot be.
Network create_network(Engine& engine, const CreateNetworkRequest& request);

/// By name, or by the beginning of exactly one id; the default one, too.
std::optional<Network> find_network(Engine& engine, const std::string& text);
/// Throws Error(NotFound) `unable to find network with name or ID X: network not found`.
Network resolve_network(Engine& engine, const std::string& text);
/// By name, with the default one. Throws Error(Usage) `invalid filter "x"`.
std::vector<Network> list_networks(Engine& engine, const std::vector<Filter>& filters = {});

struct RemoveNetworkOptions
{
    bool force = false; ///< containers that use it are removed first; a missing one is no problem
    std::optional<std::uint32_t> timeout_s;
};
/// False when it was not there (force). Throws NotFound, InUse (`"X" has associated containers with it ...`).
bool remove_network(Engine& engine, const std::string& text, const RemoveNetworkOptions& options = {});

/// Those that no container has, and not the default one. Returns the names of what it removed.
std::vector<std::string> prune_networks(Engine& engine, const std::vector<Filter>& filters = {});
/// What pruning would remove.
std::vector<Network> find_unused_networks(Engine& engine, const std::vector<Filter>& filters = {});

/// A container, running or not, joins a network; `attachment.network` is a name or id.
void connect_container(Engine& engine, const std::string& container, NetworkAttachment attachment);
struct DisconnectOptions
{
    bool force = false; ///< it need not be in the network
};
void disconnect_container(Engine& engine, const std::string& network, const std::string& container,
                          const DisconnectOptions& options = {});

struct UpdateNetworkRequest
{
    std::vector<std::string> add_dns, drop_dns;
};
/// Running containers see it at once.
void update_network(Engine& engine, const std::string& network, const UpdateNetworkRequest& request);

/// `network inspect`: the record and the running containers in it.
nlohmann::ordered_json make_network_document(Engine& engine, const Network& network);
/// The record alone, as `network ls --format json` shows it.
nlohmann::ordered_json make_network_record_document(const Network& network);

} // namespace skiff::engine
