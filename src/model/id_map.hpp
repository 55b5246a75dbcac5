#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff {

/// One line of /proc/PID/uid_map: `size` ids from `inside` on appear outside from `outside` on.
struct IdRange
{
    std::uint32_t inside = 0;
    std::uint32_t outside = 0;
    std::uint32_t size = 0;
    bool operator==(const IdRange&) const = default;
};

/// How the ids of one user namespace appear in its parent.
struct IdMap
{
    std::vector<IdRange> uids;
    std::vector<IdRange> gids;
    [[nodiscard]] bool empty() const { return uids.empty() && gids.empty(); }
    bool operator==(const IdMap&) const = default;
};

/// The outside id of `inside`, or nothing when it is not mapped.
std::optional<std::uint32_t> find_outside(const std::vector<IdRange>& ranges, std::uint32_t inside);
std::optional<std::uint32_t> find_inside(const std::vector<IdRange>& ranges, std::uint32_t outside);

/// `ranges` of a namespace below one that has `parent`, cut where one line of the parent's ends: the kernel takes no
/// line that spans two. Ids that the parent does not have are left as they are, for the kernel to refuse.
std::vector<IdRange> split_at_lines(const std::vector<IdRange>& ranges, const std::vector<IdRange>& parent);

} // namespace skiff
