#include "runtime/tmpfs_copy.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace skiff::runtime {
namespace {

UniqueFd make_tmpfs(const std::vector<std::pair<std::string, std::string>>& options)
{
    kernel::Filesystem filesystem{"tmpfs"};
    for (const auto& [key, value] : options) {
        if (value.empty())
            filesystem.set_flag(key.c_str());
        else
            filesystem.set(key.c_str(), value);
    }
    return filesystem.mount(0);
}

void copy_attributes(int to, const struct stat& status)
{
    // One-id mode cannot change owners; everything belongs to the one id there anyway.
    (void)!::fchown(to, status.st_uid, status.st_gid);
    ::fchmod(to, status.st_mode & 07777);
    const timespec times[2] = {status.st_atim, status.st_mtim};
    ::futimens(to, times);
}

void copy_file(int from_dir, int to_dir, const std::string& name)
{
    const UniqueFd from = open_at(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status
    {
    };
    if (::fstat(from.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return; // swapped under our hands
    const UniqueFd to = open_at(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    constexpr std::size_t chunk = std::size_t{1} << 30U;
    ssize_t copied = 0;
    do
        copied = ::sendfile(to.get(), from.get(), nullptr, chunk);
    while (copied > 0 || (copied < 0 && errno == EINTR));
    if (copied < 0)
        throw Error{errno, cat("copying ", quoted(name), " to a tmpfs")};
    copy_attributes(to.get(), status);
}

/// One directory that is still to be copied. A list instead of recursion: the image decides how deep it is (R6).
struct Pending
{
    UniqueFd from, to;
};

void copy_entry(const UniqueFd& from, const UniqueFd& to, const DirectoryEntry& entry, std::vector<Pending>& pending)
{
    struct stat status
    {
    };
    if (::fstatat(from.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    if (S_ISDIR(status.st_mode)) {
        UniqueFd below = open_at(from.get(), entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        UniqueFd made = make_directory_at(to.get(), entry.name, 0700);
        copy_attributes(made.get(), status);
        pending.push_back({std::move(below), std::move(made)});
    } else if (S_ISREG(status.st_mode)) {
        copy_file(from.get(), to.get(), entry.name);
    } else if (S_ISLNK(status.st_mode)) {
        if (::symlinkat(read_link_at(from.get(), entry.name).c_str(), to.get(), entry.name.c_str()) == 0)
            (void)!::fchownat(to.get(), entry.name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW);
    } else if (S_ISFIFO(status.st_mode)) {
        if (::mknodat(to.get(), entry.name.c_str(), S_IFIFO | (status.st_mode & 0777), 0) == 0)
            (void)!::fchownat(to.get(), entry.name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW);
    }
}

} // namespace

UniqueFd make_tmpfs_copy(int source, const std::vector<std::pair<std::string, std::string>>& options, const IdMap& map)
{
    struct stat status
    {
    };
    if (::fstat(source, &status) != 0)
        throw Error{errno, "looking at the image's directory"};
    bool mode_given = false;
    bool owner_given = false;
    auto mapped = options;
    for (auto& [key, value] : mapped) {
        mode_given = mode_given || key == "mode";
        owner_given = owner_given || key == "uid" || key == "gid";
        if (map.empty() || (key != "uid" && key != "gid"))
            continue;
        const auto outside = find_outside(key == "uid" ? map.uids : map.gids,
                                          static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10)));
        if (!outside)
            throw Error{ErrorKind::NotExecutable, cat(key, " ", value, " of a tmpfs is not mapped in the container")};
        value = std::to_string(*outside);
    }
    UniqueFd mounted = make_tmpfs(mapped);
    UniqueFd top = open_at(mounted.get(), ".", O_RDONLY | O_DIRECTORY);
    if (!owner_given)
        (void)!::fchown(top.get(), status.st_uid, status.st_gid);
    if (!mode_given)
        ::fchmod(top.get(), status.st_mode & 07777);

    std::vector<Pending> pending;
    pending.push_back({open_at(source, ".", O_RDONLY | O_DIRECTORY), std::move(top)});
    while (!pending.empty()) {
        const Pending here = std::move(pending.back());
        pending.pop_back();
        for (const DirectoryEntry& entry : list_directory(here.from.get()))
            copy_entry(here.from, here.to, entry, pending);
    }
    return mounted;
}

} // namespace skiff::runtime
