#include "kernel/subordinate_ids.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lazy_library.hpp"
#include "base/log.hpp"
#include "base/process.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <pwd.h>

namespace skiff::kernel {
namespace {

/// Takes the part of `rest` up to the next `separator`, or all of it.
std::string_view take_field(std::string_view& rest, char separator)
{
    const std::size_t end = rest.find(separator);
    const std::string_view field = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return field;
}

std::optional<std::uint32_t> find_number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

struct Line
{
    std::string_view owner;
    std::optional<SubordinateRange> range; ///< nothing when the numbers make no sense
};

Line parse_line(std::string_view text)
{
    Line line;
    line.owner = take_field(text, ':');
    const auto start = find_number(take_field(text, ':'));
    const auto count = find_number(text);
    // 2^32 - 1 is no id ("-1" to the kernel), so a range ends below it.
    if (start && count && *count > 0 && *start <= UINT32_MAX - *count)
        line.range = SubordinateRange{*start, *count};
    return line;
}

bool overlap(const SubordinateRange& a, const SubordinateRange& b)
{
    return a.start < b.start + b.count && b.start < a.start + a.count;
}

std::string text_of(const SubordinateRange& range) { return cat(range.start, ":", range.count); }

std::string find_problem(const SubordinateRange& range, IdKind kind, const SubordinateOwner& owner)
{
    const std::vector<std::uint32_t>& logins = kind == IdKind::User ? owner.login_uids : owner.login_gids;
    if (range.start == 0)
        return "contains id 0";
    const auto login = std::lower_bound(logins.begin(), logins.end(), range.start);
    if (login != logins.end() && *login - range.start < range.count)
        return cat("contains id ", *login, " of a login");
    if (kind == IdKind::User && owner.uid >= range.start && owner.uid - range.start < range.count)
        return cat("contains your own id ", owner.uid);
    return {};
}

constexpr std::size_t max_file_bytes = 16U << 20U;

/// The services behind `subid:` in nsswitch.conf, when they are not just "files".
bool nsswitch_names_a_service()
{
    const auto text = find_file(AT_FDCWD, "/etc/nsswitch.conf", max_file_bytes);
    std::string_view rest = text ? std::string_view{*text} : std::string_view{};
    while (!rest.empty()) {
        std::string_view line = take_field(rest, '\n');
        line = line.substr(0, line.find('#'));
        if (!line.starts_with("subid:"))
            continue;
        line.remove_prefix(6);
        const std::size_t begin = line.find_first_not_of(" \t");
        const std::size_t end = line.find_last_not_of(" \t");
        return begin != std::string_view::npos && line.substr(begin, end - begin + 1) != "files";
    }
    return false;
}

/// libsubid's own declaration (subid.h is not installed everywhere).
struct LibsubidRange
{
    unsigned long start;
    unsigned long count;
};
using LibsubidGet = int(const char* owner, LibsubidRange** ranges);

SubordinateIds ask_libsubid(IdKind kind, const SubordinateOwner& owner)
{
    SubordinateIds ids;
    for (const char* soname : {"libsubid.so.5", "libsubid.so.4", "libsubid.so.3"}) {
        try {
            const LazyLibrary library{soname, ""};
            auto* get =
                library.function<LibsubidGet>(kind == IdKind::User ? "subid_get_uid_ranges" : "subid_get_gid_ranges");
            LibsubidRange* found = nullptr;
            const int count = get(owner.name.c_str(), &found);
            const std::unique_ptr<LibsubidRange, decltype(&std::free)> owned{found, &std::free};
            for (int i = 0; i < count; ++i)
                if (found[i].count > 0 && found[i].start > 0 && found[i].start + found[i].count < UINT32_MAX)
                    ids.ranges.push_back(
                        {static_cast<std::uint32_t>(found[i].start), static_cast<std::uint32_t>(found[i].count)});
            if (ids.ranges.empty())
                ids.problem = cat("the directory service has no subordinate ids for ", quoted(owner.name));
            return ids;
        } catch (const Error& error) {
            log::debug(cat(error.message(), "; trying the next"));
        }
    }
    ids.problem = "nsswitch.conf names a service for subordinate ids, and libsubid is not installed";
    return ids;
}

} // namespace

SubordinateIds parse_subordinate_ids(std::string_view text, IdKind kind, const SubordinateOwner& owner, std::string_view file_name)
{
    SubordinateIds ids;
    std::vector<SubordinateRange> others;
    const std::string uid_text = std::to_string(owner.uid);
    while (!text.empty()) {
        const std::string_view line_text = take_field(text, '\n');
        if (line_text.empty() || line_text[0] == '#')
            continue;
        const Line line = parse_line(line_text);
        const bool ours = line.owner == uid_text || (!owner.name.empty() && line.owner == owner.name);
        if (!ours) {
            if (line.range)
                others.push_back(*line.range);
            continue;
        }
        if (!line.range)
            return {{}, cat("the line ", quoted(line_text), " in ", file_name, " is not NAME:FIRST:COUNT")};
        if (const std::string problem = find_problem(*line.range, kind, owner); !problem.empty())
            return {{}, cat("the range ", text_of(*line.range), " in ", file_name, " ", problem)};
        // The same range by name and by number is one range; anything else that meets is a mistake.
        if (std::find(ids.ranges.begin(), ids.ranges.end(), *line.range) != ids.ranges.end())
            continue;
        for (const SubordinateRange& earlier : ids.ranges)
            if (overlap(earlier, *line.range))
                return {{}, cat("the ranges ", text_of(earlier), " and ", text_of(*line.range), " in ", file_name, " overlap")};
        ids.ranges.push_back(*line.range);
    }
    for (const SubordinateRange& mine : ids.ranges)
        for (const SubordinateRange& other : others)
            if (overlap(mine, other))
                return {{}, cat("the range ", text_of(mine), " in ", file_name, " overlaps another user's")};
    if (ids.ranges.empty())
        ids.problem = cat("no line for ", quoted(owner.name.empty() ? uid_text : owner.name), " in ", file_name);
    return ids;
}

SubordinateIds find_subordinate_ids(IdKind kind, const SubordinateOwner& owner)
{
    const char* override_file = std::getenv(kind == IdKind::User ? "SKIFF_SUBUID_FILE" : "SKIFF_SUBGID_FILE");
    const std::string file =
        override_file != nullptr ? override_file : kind == IdKind::User ? "/etc/subuid" : "/etc/subgid";
    if (override_file == nullptr && nsswitch_names_a_service())
        return ask_libsubid(kind, owner);
    const auto text = find_file(AT_FDCWD, file, max_file_bytes);
    if (!text)
        return {{}, cat(file, " does not exist")};
    return parse_subordinate_ids(*text, kind, owner, file);
}

SubordinateOwner load_subordinate_owner()
{
    SubordinateOwner owner;
    owner.uid = ::geteuid();
    // Read by hand: getpwuid loads every module that nsswitch.conf names, a millisecond before each start of a container.
    const auto text = find_file(AT_FDCWD, "/etc/passwd", max_file_bytes);
    std::string_view rest = text ? std::string_view{*text} : std::string_view{};
    while (!rest.empty()) {
        std::string_view line = take_field(rest, '\n');
        const std::string_view name = take_field(line, ':');
        take_field(line, ':');
        const auto uid = find_number(take_field(line, ':'));
        const auto gid = find_number(take_field(line, ':'));
        if (!uid || !gid)
            continue;
        owner.login_uids.push_back(*uid);
        owner.login_gids.push_back(*gid);
        if (*uid == owner.uid && owner.name.empty())
            owner.name = name;
    }
    std::sort(owner.login_uids.begin(), owner.login_uids.end());
    std::sort(owner.login_gids.begin(), owner.login_gids.end());
    if (owner.name.empty())
        if (const passwd* entry = ::getpwuid(owner.uid); entry != nullptr) // NOLINT(concurrency-mt-unsafe)
            owner.name = entry->pw_name;
    return owner;
}

} // namespace skiff::kernel
