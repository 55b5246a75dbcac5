#include "model/id_map.hpp"

namespace skiff {

std::optional<std::uint32_t> find_outside(const std::vector<IdRange>& ranges, std::uint32_t inside)
{
    for (const IdRange& range : ranges)
        if (inside >= range.inside && inside - range.inside < range.size)
            return range.outside + (inside - range.inside);
    return std::nullopt;
}

std::optional<std::uint32_t> find_inside(const std::vector<IdRange>& ranges, std::uint32_t outside)
{
    for (const IdRange& range : ranges)
        if (outside >= range.outside && outside - range.outside < range.size)
            return range.inside + (outside - range.outside);
    return std::nullopt;
}

} // namespace skiff
