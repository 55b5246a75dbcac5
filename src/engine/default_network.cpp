#include "engine/default_network.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {

using Json = nlohmann::ordered_json;

bool is_default_network(const std::string& name)
{
    constexpr std::size_t shortest_id = 3;
    return name == default_network || (name.size() >= shortest_id && default_network_id.starts_with(name));
}

Json describe_default_network()
{
    return {{"name", default_network},
            {"id", default_network_id},
            {"driver", "bridge"},
            {"network_interface", "tap0"},
            {"created", "2000-01-01T00:00:00Z"},
            {"subnets", Json::array({{{"subnet", "10.0.2.0/24"}, {"gateway", "10.0.2.2"}}})},
            {"ipv6_enabled", false},
            {"internal", false},
            {"dns_enabled", false},
            {"labels", Json::object()},
            {"options", Json::object()},
            {"ipam_options", {{"driver", "host-local"}}}};
}

} // namespace skiff::engine
