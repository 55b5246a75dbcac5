#include "engine/host_ids.hpp"

#include "base/error.hpp"

namespace skiff::engine {
namespace {

void resolve(IdMapRequest& map, const std::vector<IdRange>& shared)
{
    if (!map.from_host)
        return;
    const std::uint32_t first = map.range.outside;
    const auto inside = find_inside(shared, first);
    // All of them in a row, or some belong to somebody else.
    for (std::uint32_t next = 0; inside && next < map.range.size; ++next)
        if (find_inside(shared, first + next) != *inside + next)
            throw Error{ErrorKind::Usage, cat("the ids @", first, " to @", first + map.range.size - 1,
                                              " of the host are not all this user's, one after the other")}
                .with_hint("see /etc/subuid and `skiff unshare cat /proc/self/uid_map`");
    if (!inside)
        throw Error{ErrorKind::Usage, cat("the id @", first, " of the host is not this user's")}.with_hint(
            "see /etc/subuid and `skiff unshare cat /proc/self/uid_map`");
    map.range.outside = *inside;
    map.from_host = false;
}

} // namespace

UsernsRequest resolve_host_ids(UsernsRequest request, const IdMap& shared)
{
    for (IdMapRequest& map : request.uid_maps)
        resolve(map, shared.uids);
    for (IdMapRequest& map : request.gid_maps)
        resolve(map, shared.gids);
    return request;
}

} // namespace skiff::engine
