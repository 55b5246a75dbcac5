#pragma once

#include "net/packet.hpp"

#include <optional>
#include <span>
#include <vector>

namespace skiff::net {

/// libslirp asks who has the address of a container behind the kernel's router (ARP, neighbour solicitation): the router has, and
/// nobody but us can say so. Pure. Nothing when the frame is no such question.
std::optional<std::vector<std::uint8_t>> answer_neighbour(std::span<const std::uint8_t> frame, std::span<const std::uint8_t, 6> router_mac);

} // namespace skiff::net
