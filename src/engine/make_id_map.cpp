// The ids of a container with a user namespace of its own: a third part of make_config.hpp.
//
// All maps here lead into the shared namespace, where 0 is the calling user and 1, 2, ... are the subordinate ids. The kernel
// composes them with that namespace's own map.

#include "base/error.hpp"
#include "engine/make_config.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

using Ranges = std::vector<IdRange>;

/// `self` inside is the caller; all others follow their order: 0 .. self-1 are the first subordinate ids, then the rest.
Ranges keep_id(std::uint32_t self, std::uint32_t count)
{
    Ranges ranges;
    if (self > 0 && count > 1)
        ranges.push_back({0, 1, std::min(self, count - 1)});
    ranges.push_back({self, 0, 1});
    if (count > self + 1)
        ranges.push_back({self + 1, self + 1, count - self - 1});
    return ranges;
}

Ranges nomap(std::uint32_t count) { return {{0, 1, count - 1}}; }

bool overlaps(const IdRange& a, const IdRange& b)
{
    return a.outside < b.outside + b.size && b.outside < a.outside + a.size;
}

/// The first gap of `size` ids that no other container has; 0 stays the caller's.
Ranges find_free(std::uint32_t size, const CallerFacts& caller)
{
    IdRange range{0, 1, size};
    for (bool moved = true; moved;) {
        moved = false;
        for (const IdRange& taken : caller.taken_ids)
            if (overlaps(range, taken)) {
                range.outside = taken.outside + taken.size;
                moved = true;
            }
    }
    if (range.outside + size > caller.id_count)
        throw Error{ErrorKind::Failure, cat("not enough unused IDs in user namespace: ", size, " wanted")}.with_hint(
            "remove containers that were made with --userns=auto, or ask for fewer ids with auto:size=N");
    return {range};
}

constexpr std::uint32_t default_auto_size = 1024;

/// What is left of `range` without `size` ids from its `offset` on.
void add_rest(Ranges& ranges, const IdRange& range, std::uint32_t offset, std::uint32_t size)
{
    if (offset > 0)
        ranges.push_back({range.inside, range.outside, offset});
    if (offset + size < range.size)
        ranges.push_back({range.inside + offset + size, range.outside + offset + size, range.size - offset - size});
}

/// `ranges` without the ids that `taken` has, seen from the side that `begin_of` gives.
template <typename BeginOf>
Ranges without(const Ranges& ranges, const IdRange& taken, const BeginOf& begin_of)
{
    Ranges rest;
    for (const IdRange& range : ranges) {
        const std::uint32_t first = std::max(begin_of(range), begin_of(taken));
        const std::uint32_t end = std::min(begin_of(range) + range.size, begin_of(taken) + taken.size);
        if (first < end)
            add_rest(rest, range, first - begin_of(range), end - first);
        else
            rest.push_back(range);
    }
    return rest;
}

/// A mapping with "+" takes its ids out of what is mapped already: of everything, when it is the first.
Ranges explicit_map(const std::vector<IdMapRequest>& requests, bool uids, std::uint32_t count)
{
    Ranges ranges;
    for (const IdMapRequest& request : requests) {
        if (!(uids ? request.for_uids : request.for_gids))
            continue;
        if (request.extend) {
            if (ranges.empty())
                ranges.push_back({0, 0, count});
            ranges = without(ranges, request.range, [](const IdRange& range) { return range.inside; });
            ranges = without(ranges, request.range, [](const IdRange& range) { return range.outside; });
        }
        ranges.push_back(request.range);
    }
    return ranges;
}

void require_mappable(const Ranges& ranges, const CallerFacts& caller)
{
    for (const IdRange& range : ranges)
        if (static_cast<std::uint64_t>(range.outside) + range.size > caller.id_count)
            throw Error{ErrorKind::Failure, cat("the id map ", range.inside, ":", range.outside, ":", range.size, " asks for ids that ",
                                                "this user does not have (0 to ", caller.id_count - 1, ")")}
                .with_hint("the ids come from /etc/subuid and /etc/subgid; see `skiff unshare cat /proc/self/uid_map`");
}

} // namespace

IdMap make_container_id_map(const UsernsRequest& request, const UsernsChoice& choice, const CallerFacts& caller)
{
    using Mode = UsernsChoice::Mode;
    IdMap map;
    const std::uint32_t count = caller.id_count;
    if (!request.uid_maps.empty() || !request.gid_maps.empty()) {
        map.uids = explicit_map(request.uid_maps.empty() ? request.gid_maps : request.uid_maps, true, count);
        map.gids = explicit_map(request.gid_maps.empty() ? request.uid_maps : request.gid_maps, false, count);
    } else if (choice.mode == Mode::KeepId) {
        const std::uint32_t size = choice.size == 0 ? count : std::min(choice.size, count);
        map.uids = keep_id(choice.uid.value_or(caller.uid), size);
        map.gids = keep_id(choice.gid.value_or(caller.gid), size);
    } else if (choice.mode == Mode::NoMap || choice.mode == Mode::Auto) {
        if (count < 2)
            throw Error{ErrorKind::Failure, cat("--userns=", choice.mode == Mode::Auto ? "auto" : "nomap",
                                                " needs subordinate ids, and this user has none")}
                .with_hint("ask for a range in /etc/subuid and /etc/subgid, or use --userns=keep-id");
        if (choice.mode == Mode::NoMap) {
            map.uids = map.gids = nomap(count);
        } else if (!choice.uid_maps.empty() || !choice.gid_maps.empty()) {
            map.uids = choice.uid_maps.empty() ? choice.gid_maps : choice.uid_maps;
            map.gids = choice.gid_maps.empty() ? choice.uid_maps : choice.gid_maps;
        } else {
            map.uids = map.gids = find_free(choice.size == 0 ? default_auto_size : choice.size, caller);
        }
    } else if (choice.mode == Mode::Private) {
        map.uids = map.gids = {{0, 0, count}};
    }
    require_mappable(map.uids, caller);
    require_mappable(map.gids, caller);
    return map;
}

} // namespace skiff::engine
