#pragma once

#include "model/id_map.hpp"

#include <string>

/// Which ids a new user namespace of ours may have, and how they get there.
namespace skiff::kernel {

/// How the maps of a namespace are written.
enum class MapWriter {
    Helpers,  ///< newuidmap and newgidmap, for a user with subordinate ids
    Ourselves, ///< one id needs no permission; with CAP_SETUID (root, nested containers) neither do many
};

/// What enter_new_user_namespace makes. Inside, 0 is the calling user; subordinate ids follow from 1 on.
struct IdentityPlan
{
    bool single_id = false; ///< only the user's own id exists inside, as 0
    MapWriter writer = MapWriter::Helpers;
    IdMap map;
    std::string notice;     ///< in single-id mode: why, and what the administrator can do; one line. Empty where it was asked for
};

/// Reads the facts of the machine (hpc.md §1). Never fails: what is not possible becomes single-id mode with a notice.
/// SKIFF_SINGLE_ID=1 asks for single-id mode.
IdentityPlan plan_identity();

/// The plan for a user without subordinate ids.
IdentityPlan plan_single_identity(std::string notice);

/// The ids that exist here, each mapped to itself: for callers that hold CAP_SETUID and CAP_SETGID.
IdMap make_own_id_map(const std::string& uid_map_text, const std::string& gid_map_text);

/// Why newuidmap or newgidmap cannot work here; empty when nothing speaks against it.
std::string find_map_helper_problem();

/// "0 1000 1\n1 100000 65536\n": as /proc/PID/uid_map takes it.
std::string make_map_text(const std::vector<IdRange>& ranges);

} // namespace skiff::kernel
