#include "monitor/private_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

std::string what(const PrivateItem& item)
{
    return item.secret_name.empty() ? cat("file ", quoted(item.target)) : cat("secret ", quoted(item.secret_name));
}

/// The id in the shared namespace of an owner inside the container. Who has no root has at least the own user.
std::uint32_t find_owner(const std::vector<IdRange>& ranges, bool has_map, const std::optional<std::uint32_t>& asked,
                         std::uint32_t user, const char* kind)
{
    const std::uint32_t wanted = asked.value_or(0);
    if (!has_map)
        return wanted;
    if (const auto outside = find_outside(ranges, wanted))
        return *outside;
    const auto own = find_outside(ranges, user);
    if (asked || !own)
        throw Error{ErrorKind::Failure, cat(kind, " ", wanted, " does not exist in this container's user namespace")};
    return *own;
}

} // namespace

PrivateFiles::PrivateFiles(const PrivateFilesRequest& request) : directory_{request.run_path + "/private"}
{
    const std::vector<PrivateItem>& items = request.config.private_items;
    std::vector<std::string> contents;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        contents.push_back(request.store.containers().load_private_content(request.config.id, i));
        bytes += contents.back().size();
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].use == PrivateItem::Use::Variable) {
            variables_.push_back(cat(items[i].target, "=", contents[i]));
            continue;
        }
        if (mounted_.path.empty())
            mount(request.run_dir, bytes + items.size() * 4096 + (64U << 10U)); // whole pages, and directories
        while_doing(what(items[i]), [&] { add_file(request, i, contents[i]); });
    }
}

void PrivateFiles::mount(int run_dir, std::size_t bytes)
{
    const UniqueFd directory = make_directory_at(run_dir, "private", 0700);
    kernel::mount_filesystem("tmpfs", directory.get(), MS_NOSUID | MS_NODEV, cat("mode=0755,size=", bytes));
    mounted_.path = directory_;
}

void PrivateFiles::add_file(const PrivateFilesRequest& request, std::size_t number, const std::string& content)
{
    const PrivateItem& item = request.config.private_items[number];
    const IdMap& map = request.config.id_map;
    const std::uint32_t uid = find_owner(map.uids, !map.empty(), item.uid, request.user.uid, "user");
    const std::uint32_t gid = find_owner(map.gids, !map.empty(), item.gid, request.user.gid, "group");
    const std::string name = std::to_string(number);
    const UniqueFd directory = open_at(AT_FDCWD, directory_, O_RDONLY | O_DIRECTORY);
    const UniqueFd file = open_at(directory.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    write_all(file.get(), content, name);
    if (::fchown(file.get(), uid, gid) != 0) {
        const bool missing = errno == EINVAL || errno == EPERM;
        throw Error{errno, cat("giving it to ", item.uid.value_or(0), ":", item.gid.value_or(0))}.with_hint(
            missing ? "that user or group is outside the range of ids that this user has; see /etc/subuid" : "");
    }
    if (::fchmod(file.get(), item.mode) != 0)
        throw Error{errno, cat("setting its mode")};
    MountConfig shown;
    shown.target = item.target;
    shown.read_only = true;
    shown.recursive = false;
    mounts_.push_back({std::move(shown), cat(directory_, "/", number)});
}

PrivateFiles::Mounted::~Mounted()
{
    try {
        if (!path.empty())
            kernel::unmount(path);
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
    }
}

} // namespace skiff::monitor
