#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace skiff::monitor {

/// What is said of the default route by one of a container's networks.
struct RouteWish
{
    std::int32_t priority = 0;           ///< of the container in the network: higher ones come first
    std::optional<std::uint32_t> metric; ///< the network's option
};

/// The metrics of all, in the order given: all different, and what is asked for where that is possible. Of networks with the same
/// priority the lower metric comes first, 100 when there is none, and of the same metric the first one.
std::vector<std::uint32_t> make_route_metrics(const std::vector<RouteWish>& wishes);

} // namespace skiff::monitor
