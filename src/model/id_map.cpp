#include "model/id_map.hpp"

#include <algorithm>

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

std::vector<IdRange> split_at_lines(const std::vector<IdRange>& ranges, const std::vector<IdRange>& parent)
{
    std::vector<IdRange> pieces;
    for (IdRange rest : ranges)
        while (rest.size > 0) {
            std::uint32_t size = rest.size;
            for (const IdRange& line : parent)
                if (rest.outside >= line.inside && rest.outside - line.inside < line.size)
                    size = std::min(size, line.size - (rest.outside - line.inside));
            pieces.push_back({rest.inside, rest.outside, size});
            rest = {rest.inside + size, rest.outside + size, rest.size - size};
        }
    return pieces;
}

} // namespace skiff
