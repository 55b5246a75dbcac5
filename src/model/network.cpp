#include "model/network_fields.hpp"

namespace skiff {

Network make_default_network()
{
    Network network;
    network.name = default_network;
    network.id = "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9";
    network.interface = "podman0";
    network.subnets = {{"10.88.0.0/16", "10.88.0.1", "", ""}};
    network.dns_enabled = false;
    network.created = WallTime{std::chrono::seconds{946'684'800}}; // 2000-01-01: it has always been there
    network.ipam_options = {{"driver", "host-local"}};
    return network;
}

std::string serialize(const Network& network) { return record::to_text(network); }

Network parse_network(const std::string& text) { return record::from_text<Network>(text, "network record"); }

} // namespace skiff
