#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The subordinate ids of a user: /etc/subuid and /etc/subgid, or the directory service that nsswitch.conf names.
namespace skiff::kernel {

struct SubordinateRange
{
    std::uint32_t start = 0;
    std::uint32_t count = 0;
    bool operator==(const SubordinateRange&) const = default;
};

/// Who asks, and which ids are somebody's already.
struct SubordinateOwner
{
    std::string name;                ///< empty when the user has none
    std::uint32_t uid = 0;
    std::vector<std::uint32_t> login_uids; ///< of login users, sorted: no range may contain them
    std::vector<std::uint32_t> login_gids; ///< and of their groups
};

struct SubordinateIds
{
    std::vector<SubordinateRange> ranges; ///< sorted as found, equal ones once; empty when there are none
    std::string problem;                  ///< why there are none, or why those found were refused
};

/// The owner's ranges in the text of a subuid or subgid file. Lines of others that make no sense are skipped, as shadow
/// does; a line of ours that makes no sense, contains 0 or a login's id, or overlaps somebody else's range, is refused with
/// everything else of ours (security.md R29).
enum class IdKind { User, Group };
SubordinateIds parse_subordinate_ids(std::string_view text, IdKind kind, const SubordinateOwner& owner, std::string_view file_name);

/// From the file (SKIFF_SUBUID_FILE, SKIFF_SUBGID_FILE override it), or from libsubid where nsswitch.conf has a `subid:`
/// line with something else than files.
SubordinateIds find_subordinate_ids(IdKind kind, const SubordinateOwner& owner);

/// The calling user, with the logins of /etc/passwd. Only an unknown user makes it ask the name service.
SubordinateOwner load_subordinate_owner();

} // namespace skiff::kernel
