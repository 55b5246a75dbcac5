#include "monitor/route_metrics.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace skiff::monitor {

std::vector<std::uint32_t> make_route_metrics(const std::vector<RouteWish>& wishes)
{
    constexpr std::uint32_t usual = 100; // Podman's
    constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
    const auto wished = [&](std::size_t i) { return wishes[i].metric.value_or(usual); };
    std::vector<std::size_t> order(wishes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tuple{wishes[b].priority, wished(a)} < std::tuple{wishes[a].priority, wished(b)};
    });
    std::vector<std::uint32_t> metrics(wishes.size());
    std::uint32_t next = 0;
    for (const std::size_t i : order) {
        metrics[i] = std::max(wished(i), next);
        next = metrics[i] == last ? last : metrics[i] + 1;
    }
    return metrics;
}

} // namespace skiff::monitor
