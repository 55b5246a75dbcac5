#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// The one network that there is until networks can be made: what containers get without --network.
namespace skiff::engine {

constexpr std::string_view default_network = "podman";
/// As Podman has it, where this name's id is the same on every machine.
constexpr std::string_view default_network_id = "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9";

/// By name or the beginning of its id.
bool is_default_network(const std::string& name);

/// As `network inspect` shows it.
nlohmann::ordered_json describe_default_network();

} // namespace skiff::engine
