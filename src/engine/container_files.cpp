#include "engine/container_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/path.hpp"
#include "engine/start.hpp"
#include "kernel/mount.hpp"
#include "monitor/container_root.hpp"
#include "runtime/user_lookup.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

constexpr int max_links = 40; // as the kernel's

using Components = std::vector<std::string>;

std::string join(const Components& components, std::size_t from = 0)
{
    std::string path;
    for (std::size_t i = from; i < components.size(); ++i)
        path += cat(i == from ? "" : "/", components[i]);
    return path;
}

bool begins_with(const Components& path, const Components& beginning)
{
    return path.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), path.begin());
}

std::uint32_t mapped(const std::optional<std::uint32_t>& id, std::uint32_t otherwise) { return id.value_or(otherwise); }

} // namespace

std::optional<UniqueFd> find_running_root(const store::ContainerRecord& record)
{
    // Not before the runtime is done with it: until then its root is the host's.
    const bool has_root = record.is_running() || record.status == ContainerStatus::Initialized;
    const auto init = has_root && record.state ? Pidfd::find(record.state->init) : std::nullopt;
    if (!init)
        return std::nullopt;
    auto root = find_at(AT_FDCWD, cat("/proc/", record.state->init.pid, "/root"), O_PATH | O_DIRECTORY);
    // Only now is it certain that the path meant that process and not a later one of the same number.
    if (init->wait_for_end(0))
        return std::nullopt;
    return root;
}

UniqueFd open_running_tree(Engine& engine, const std::string& id)
{
    const Error ended{ErrorKind::State, cat("container ", id, " has just ended: container state improper")};
    const auto monitor = find_monitor(engine, id);
    if (!monitor || !monitor->send(monitor::encode(monitor::Request{monitor::TreeRequest{}})))
        throw ended;
    auto message = monitor->receive();
    if (!message)
        throw ended;
    if (const auto answer = monitor::decode_answer(message->data); std::holds_alternative<monitor::Failed>(answer))
        monitor::rethrow(std::get<monitor::Failed>(answer));
    if (message->fds.empty())
        throw ended;
    return std::move(message->fds.front());
}

ContainerFiles::ContainerFiles(Engine& engine, const std::string& id)
{
    single_id_ = engine.enter_user_namespace().plan.single_id;
    store::ContainerRecord record = settle(engine, id);
    auto running = find_running_root(record);
    if (!running) {
        lock_ = engine.store().containers().lock(id);
        record = engine.store().containers().load(id); // it may have been started while we waited
        running = find_running_root(record);
    }
    config_ = std::move(record.config);
    running_ = running.has_value();
    if (running) {
        lock_.reset();
        root_ = std::move(*running);
    } else if (record.monitor_alive) {
        throw Error{ErrorKind::State, cat("container ", id, " is ", to_string(record.status), ": container state improper")};
    } else {
        open_stopped(engine);
    }
}

void ContainerFiles::open_stopped(Engine& engine)
{
    const std::string mounted = engine.store().containers().directory(config_.id) + "/merged";
    if (!kernel::is_mount_point(mounted)) // below `unshare`, the user may have mounted it
        tree_.emplace(while_doing("mounting the root file system",
                                  [&] { return monitor::mount_container_root(engine.store(), config_); }));
    root_ = open_at(AT_FDCWD, mounted, O_PATH | O_DIRECTORY);
    const auto user = runtime::find_user(runtime::load_account_files(root_.get()), config_.user, config_.groups);
    sources_ = monitor::open_mount_sources({config_, engine.store(), root_.get(), user});
    for (const runtime::ResolvedMount& mount : sources_.mounts)
        if (!mount.source.empty())
            if (auto source = find_at(AT_FDCWD, mount.source, O_PATH))
                parts_.push_back({components_of(mount.mount.target), std::move(*source)});
    // The innermost first: that one is seen.
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const MountedPart& a, const MountedPart& b) { return a.target.size() > b.target.size(); });
}

ContainerPlace ContainerFiles::look(const std::vector<std::string>& components) const
{
    ContainerPlace place;
    place.name = cat("/", join(components));
    const auto part = std::find_if(parts_.begin(), parts_.end(),
                                   [&](const MountedPart& p) { return begins_with(components, p.target); });
    place.root = part == parts_.end() ? root_.get() : part->root.get();
    place.path = join(components, part == parts_.end() ? 0 : part->target.size());
    UniqueFd fd;
    if (!place.path.empty()) {
        auto found = find_beneath(place.root, place.path, O_PATH | O_NOFOLLOW);
        if (!found)
            return place;
        fd = std::move(*found);
    }
    struct stat status{};
    if (::fstat(fd ? fd.get() : place.root, &status) != 0)
        throw Error{errno, cat("looking at ", quoted(place.name))};
    place.status = status;
    return place;
}

ContainerPlace ContainerFiles::find(const std::string& path) const
{
    const bool relative = !path.starts_with('/');
    Components todo = components_of(relative ? cat(config_.working_dir, "/", path) : path); // the next one last
    std::reverse(todo.begin(), todo.end());
    Components done;
    ContainerPlace place = look(done);
    int links = 0;
    while (!todo.empty()) {
        const std::string name = std::move(todo.back());
        todo.pop_back();
        if (name == "..") {
            if (!done.empty())
                done.pop_back();
            place = look(done);
            continue;
        }
        done.push_back(name);
        place = look(done);
        if (place.status && S_ISLNK(place.status->st_mode)) {
            if (++links > max_links)
                throw Error{ELOOP, cat("following ", quoted(place.name))};
            const UniqueFd link = open(place);
            const std::string target = read_link_at(link.get(), "");
            done.pop_back();
            if (target.starts_with('/'))
                done.clear();
            const Components more = components_of(target);
            todo.insert(todo.end(), more.rbegin(), more.rend());
            place = look(done);
            continue;
        }
        // A directory on the way to a mount may not exist in the image: the runtime would make it.
        const bool leads_to_mount = std::any_of(parts_.begin(), parts_.end(),
                                                [&](const MountedPart& p) { return begins_with(p.target, done); });
        if (!place.status && !leads_to_mount) {
            done.insert(done.end(), todo.rbegin(), todo.rend());
            return look(done);
        }
    }
    return place;
}

UniqueFd ContainerFiles::open(const ContainerPlace& place) const
{
    if (place.path.empty())
        return open_at(AT_FDCWD, proc_fd_path(place.root), O_PATH);
    return beneath(place.root, place.path, O_PATH | O_NOFOLLOW);
}

UniqueFd ContainerFiles::open_root_alone(Engine& engine) const
{
    if (!is_running())
        return open_at(root_.get(), ".", O_PATH | O_DIRECTORY);
    return open_running_tree(engine, config_.id);
}

archive::Ownership ContainerFiles::inside(const archive::Ownership& owner) const
{
    constexpr std::uint32_t nobody = 65534;
    if (config_.id_map.empty() || single_id_)
        return owner;
    return {mapped(find_inside(config_.id_map.uids, owner.uid), nobody), mapped(find_inside(config_.id_map.gids, owner.gid), nobody),
            owner.mode};
}

archive::Ownership ContainerFiles::outside(const archive::Ownership& owner) const
{
    if (config_.id_map.empty() || single_id_)
        return owner;
    const auto uid = find_outside(config_.id_map.uids, owner.uid);
    const auto gid = find_outside(config_.id_map.gids, owner.gid);
    if (!uid || !gid)
        throw Error{ErrorKind::Failure, cat("the owner ", owner.uid, ":", owner.gid, " does not exist in the container's user namespace")};
    return {*uid, *gid, owner.mode};
}

archive::Ownership ContainerFiles::user() const
{
    const auto user = runtime::find_user(runtime::load_account_files(root_.get()), config_.user, config_.groups);
    return {user.uid, user.gid, 0};
}

} // namespace skiff::engine
