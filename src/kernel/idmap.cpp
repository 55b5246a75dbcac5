#include "kernel/idmap.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "kernel/subordinate_ids.hpp"

#include <charconv>
#include <cstdlib>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

namespace skiff::kernel {
namespace {

bool may_write_maps()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    if (::syscall(SYS_capget, &header, data) != 0)
        return false;
    constexpr std::uint32_t needed = (1U << CAP_SETUID) | (1U << CAP_SETGID);
    return (data[0].effective & needed) == needed;
}

/// The kernel takes up to 340 lines; shadow's helpers take as many.
constexpr std::size_t max_ranges = 340;

std::vector<IdRange> identity_ranges(const std::string& map_text)
{
    std::vector<IdRange> ranges;
    const char* at = map_text.data();
    const char* end = at + map_text.size();
    const auto next_number = [&](std::uint32_t& value) {
        while (at != end && (*at == ' ' || *at == '\n'))
            ++at;
        const auto result = std::from_chars(at, end, value);
        at = result.ptr;
        return result.ec == std::errc{};
    };
    IdRange line;
    while (next_number(line.inside) && next_number(line.outside) && next_number(line.size))
        ranges.push_back({line.inside, line.inside, line.size});
    return ranges;
}

/// The caller as 0, then the subordinate ids in the order of their file.
std::vector<IdRange> root_and(std::uint32_t own_id, const std::vector<SubordinateRange>& subordinate)
{
    std::vector<IdRange> ranges{{0, own_id, 1}};
    std::uint32_t inside = 1;
    for (const SubordinateRange& range : subordinate) {
        if (ranges.size() == max_ranges || range.count > UINT32_MAX - 1 - inside)
            break;
        ranges.push_back({inside, range.start, range.count});
        inside += range.count;
    }
    return ranges;
}

std::string find_helper_problem(const std::string& name)
{
    const auto path = find_system_program(name);
    if (!path)
        return cat(name, " is not installed (package uidmap or shadow-utils)");
    struct stat status{};
    struct statvfs mount{};
    if (::stat(path->c_str(), &status) != 0 || ::statvfs(path->c_str(), &mount) != 0)
        return cat(*path, ": ", errno_text(errno));
    const bool set_uid = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
    if (!set_uid && ::getxattr(path->c_str(), "security.capability", nullptr, 0) <= 0)
        return cat(*path, " is neither set-uid root nor has file capabilities");
    if ((mount.f_flag & ST_NOSUID) != 0)
        return cat(*path, " lies on a file system that is mounted nosuid");
    return {};
}

} // namespace

std::string find_map_helper_problem()
{
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return "no_new_privs is set for this process, so newuidmap has no effect";
    std::string problem = find_helper_problem("newuidmap");
    return problem.empty() ? find_helper_problem("newgidmap") : problem;
}

std::string make_map_text(const std::vector<IdRange>& ranges)
{
    std::string text;
    for (const IdRange& range : ranges)
        text += cat(range.inside, " ", range.outside, " ", range.size, "\n");
    return text;
}

IdMap make_own_id_map(const std::string& uid_map_text, const std::string& gid_map_text)
{
    return {identity_ranges(uid_map_text), identity_ranges(gid_map_text)};
}

IdentityPlan plan_single_identity(std::string notice)
{
    return {.single_id = true,
            .writer = MapWriter::Ourselves,
            .map = {{{0, ::geteuid(), 1}}, {{0, ::getegid(), 1}}},
            .notice = std::move(notice)};
}

IdentityPlan plan_identity()
{
    if (const char* asked = std::getenv("SKIFF_SINGLE_ID"); asked != nullptr && asked[0] == '1')
        return plan_single_identity({}); // who asks knows
    if (::geteuid() == 0 && may_write_maps()) {
        IdMap map = make_own_id_map(read_file(AT_FDCWD, "/proc/self/uid_map"), read_file(AT_FDCWD, "/proc/self/gid_map"));
        if (find_outside(map.uids, 0) && find_outside(map.gids, 0))
            return {.single_id = map.uids.size() == 1 && map.uids[0].size == 1,
                    .writer = MapWriter::Ourselves,
                    .map = std::move(map),
                    .notice = {}};
    }
    constexpr std::string_view remedy = "; containers have one user id only. An administrator can grant a range with "
                                        "`usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST USER`";
    std::string problem = find_map_helper_problem();
    if (!problem.empty())
        return plan_single_identity(cat(problem, "; containers have one user id only"));
    const SubordinateOwner owner = load_subordinate_owner();
    const SubordinateIds uids = find_subordinate_ids(IdKind::User, owner);
    if (uids.ranges.empty())
        return plan_single_identity(cat(uids.problem, remedy));
    const SubordinateIds gids = find_subordinate_ids(IdKind::Group, owner);
    if (gids.ranges.empty())
        return plan_single_identity(cat(gids.problem, remedy));
    return {.single_id = false,
            .writer = MapWriter::Helpers,
            .map = {root_and(::geteuid(), uids.ranges), root_and(::getegid(), gids.ranges)},
            .notice = {}};
}

} // namespace skiff::kernel
