#include "rootfs/id_shift.hpp"

#include "base/cat.hpp"

#include <cstdio>

namespace skiff::rootfs {
namespace {

bool is_identity(const std::vector<IdRange>& ranges)
{
    for (const IdRange& range : ranges)
        if (range.inside != range.outside)
            return false;
    return true;
}

std::uint64_t count(const std::vector<IdRange>& ranges)
{
    std::uint64_t ids = 0;
    for (const IdRange& range : ranges)
        ids += range.size;
    return ids;
}

std::string text_of(const std::vector<IdRange>& ranges)
{
    std::string text;
    for (const IdRange& range : ranges)
        text += cat(range.inside, ":", range.outside, ":", range.size, ",");
    return text;
}

} // namespace

bool needs_shift(const IdMap& map)
{
    if (map.empty() || (is_identity(map.uids) && is_identity(map.gids)))
        return false;
    return count(map.uids) > 1 || count(map.gids) > 1;
}

std::uint32_t shifted_id(const std::vector<IdRange>& ranges, std::uint32_t id)
{
    if (const auto outside = find_outside(ranges, id))
        return *outside;
    return find_outside(ranges, 0).value_or(id);
}

std::string map_fingerprint(const IdMap& map)
{
    // FNV-1a: the few maps of one user need no stronger hash.
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : cat(text_of(map.uids), ";", text_of(map.gids))) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    char text[17]; // NOLINT: filled by snprintf
    (void)std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

} // namespace skiff::rootfs
