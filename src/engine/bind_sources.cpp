#include "engine/bind_sources.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <sys/stat.h>

namespace skiff::engine {
namespace {

/// Why the source of a bind mount cannot be used, and what to do. What is missing is not made: a typing error would
/// become an empty directory, and the data would seem to be gone.
std::string advice_for(const std::string& source, int error)
{
    if (error == EACCES)
        return cat("this user must be able to enter every directory of the path: see `namei -l ", source, "`");
    if (error != ENOENT)
        return {};
    if (source.ends_with("/docker.sock") || source.ends_with("/podman.sock"))
        return "there is no daemon, and so no socket of one: what speaks to it cannot be run";
    std::string missing = source; // its first part that is not there
    for (std::string above = missing; above != "/" && !above.empty() && !exists_at(AT_FDCWD, above);) {
        missing = above;
        above.resize(std::max<std::size_t>(above.rfind('/'), 1));
    }
    if (missing != source)
        return cat("there is no ", missing);
    return cat("make it with `mkdir -p ", source,
               "`; a name without a slash is a volume, which is made when it is missing");
}

/// Who a container's process is, counted as `stat` shows owners to us now.
struct Reader
{
    std::uint32_t inside = 0;              ///< as the user wrote it
    std::optional<std::uint32_t> uid, gid; ///< nothing: nobody whom we could see
};

std::optional<std::uint32_t> read_number(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

std::optional<std::uint32_t> shown_id(Engine& engine, const std::vector<IdRange>& own,
                                      const std::vector<IdRange>& shared, std::uint32_t inside)
{
    const auto id = own.empty() ? std::optional{inside} : find_outside(own, inside);
    return id && !engine.is_inside() ? find_outside(shared, *id) : id;
}

std::optional<Reader> find_reader(Engine& engine, const ContainerConfig& config)
{
    const std::size_t colon = config.user.find(':');
    const auto uid = read_number(std::string_view{config.user}.substr(0, colon));
    if (!uid || *uid == 0)
        return std::nullopt; // root may read whatever the caller may
    const auto gid =
        colon == std::string::npos ? std::nullopt : read_number(std::string_view{config.user}.substr(colon + 1));
    const IdMap& shared = engine.identity().map;
    return Reader{*uid, shown_id(engine, config.id_map.uids, shared.uids, *uid),
                  shown_id(engine, config.id_map.gids, shared.gids, gid.value_or(0))};
}

std::string octal(std::uint32_t mode)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

bool may_read(const struct stat& status, const Reader& reader)
{
    const unsigned needed = S_ISDIR(status.st_mode) ? 5U : 4U;
    const unsigned bits = reader.uid == status.st_uid   ? status.st_mode >> 6U
                          : reader.gid == status.st_gid ? status.st_mode >> 3U
                                                        : status.st_mode;
    return (bits & needed) == needed;
}

} // namespace

void require_bind_sources(const CreateRequest& request)
{
    for (const MountRequest& mount : request.mounts) {
        const MountConfig& config = mount.config;
        const bool has_source = config.type == MountType::Bind || config.type == MountType::Overlay;
        if (!has_source || !mount.must_exist)
            continue;
        struct stat status
        {
        };
        const int flags = config.no_dereference ? AT_SYMLINK_NOFOLLOW : 0;
        if (::fstatat(AT_FDCWD, config.source.c_str(), &status, flags) != 0) {
            const int error = errno;
            throw Error{ErrorKind::Failure, error, cat("statfs ", config.source, ": ", errno_text(error))}.with_hint(
                advice_for(config.source, error));
        }
        if (config.no_dereference && S_ISLNK(status.st_mode))
            throw Error{ErrorKind::Usage,
                        cat("mounting the link ", quoted(config.source), " itself (no-dereference) is not supported")}
                .with_hint("mount its directory, or what it leads to");
    }
}

std::vector<std::string> explain_unreadable_sources(Engine& engine, const ContainerConfig& config)
{
    std::vector<std::string> sentences;
    const bool has_binds = std::any_of(config.mounts.begin(), config.mounts.end(),
                                       [](const MountConfig& mount) { return mount.type == MountType::Bind; });
    const auto reader =
        has_binds && !config.user.empty() && !engine.identity().single_id ? find_reader(engine, config) : std::nullopt;
    if (!reader)
        return sentences;
    const bool keeps_groups =
        std::find(config.groups.begin(), config.groups.end(), "keep-groups") != config.groups.end();
    for (const MountConfig& mount : config.mounts) {
        struct stat status
        {
        };
        if (mount.type != MountType::Bind || mount.change_owner || keeps_groups ||
            ::stat(mount.source.c_str(), &status) != 0 || may_read(status, *reader))
            continue;
        const std::uint32_t owner_of_root = engine.is_inside() ? 0 : engine.account().uid;
        const bool is_callers = status.st_uid == owner_of_root;
        sentences.push_back(
            cat("note: user ", reader->inside, " of the container may not read ", mount.source, ": it belongs to ",
                is_callers ? cat("you, who are root in the container; --userns=keep-id:uid=", reader->inside,
                                 " makes you that user, and the option U of the mount gives the files away")
                           : cat("user ", status.st_uid, " outside"),
                " (mode ", octal(status.st_mode), ")"));
    }
    return sentences;
}

} // namespace skiff::engine
