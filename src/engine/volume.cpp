#include "engine/volume.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/remove.hpp"
#include "engine/volume_options.hpp"
#include "store/garbage.hpp"

#include <algorithm>
#include <unistd.h>

namespace skiff::engine {
namespace {

void add_event(Engine& engine, const char* action, const std::string& name)
{
    store::Event event;
    event.type = "volume";
    event.action = action;
    event.name = name;
    engine.store().events().try_add(std::move(event));
}

} // namespace

store::Volume make_volume(const VolumeRequest& request)
{
    store::Volume volume;
    volume.name = request.name.empty() ? random_hex(32) : request.name;
    volume.anonymous = request.name.empty();
    volume.created = wall_now();
    volume.labels = request.labels;
    volume.options = request.options;
    if (volume.options.erase("nocopy") > 0)
        volume.needs_copy_up = false;
    check_volume_options(volume);
    const VolumeOwner owner = read_volume_owner(volume);
    if (owner.uid) // as Podman shows them
        volume.options["UID"] = std::to_string(*owner.uid);
    if (owner.gid)
        volume.options["GID"] = std::to_string(*owner.gid);
    return volume;
}

void apply_volume_owner(Engine& engine, const store::Volume& volume, const VolumeRequest& request)
{
    VolumeOwner owner = read_volume_owner(volume);
    if (request.uid)
        owner.uid = request.uid;
    if (request.gid)
        owner.gid = request.gid;
    if (!owner.uid && !owner.gid && !owner.mode)
        return;
    engine.enter_user_namespace();
    const UniqueFd data = open_at(AT_FDCWD, engine.store().volumes().data_path(volume.name), O_RDONLY | O_DIRECTORY);
    const auto uid = owner.uid.value_or(0);
    const auto gid = owner.gid.value_or(0);
    if (::fchown(data.get(), uid, gid) != 0)
        throw Error{errno, cat("giving volume ", quoted(volume.name), " to ", uid, ":", gid)}.with_hint(
            "that id may be outside the range of subordinate ids of this user: see /etc/subuid");
    if (owner.mode && ::fchmod(data.get(), *owner.mode & 07777U) != 0)
        throw Error{errno, cat("setting the mode of volume ", quoted(volume.name))};
    store::Volume changed = volume;
    changed.needs_owner = false;
    engine.store().volumes().save(changed);
}

std::string create_volume(Engine& engine, const VolumeRequest& request)
{
    const store::Volume volume = make_volume(request);
    try {
        engine.store().volumes().create(volume, engine.store().use());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::InUse && request.ignore_existing)
            return volume.name;
        throw;
    }
    Defer undo{[&] { engine.store().volumes().remove(volume.name); }};
    apply_volume_owner(engine, volume, request);
    undo.dismiss();
    add_event(engine, "create", volume.name);
    return volume.name;
}

std::string remove_volume(Engine& engine, const std::string& text, const RemoveVolumeOptions& options)
{
    engine.enter_user_namespace();
    const auto volume = engine.store().volumes().find(text);
    if (!volume) {
        if (options.force)
            return {};
        throw Error{ErrorKind::NotFound, cat("no volume with name \"", printable(text), "\" found: no such volume")};
    }
    const auto users = [&] {
        const auto all = store::containers_by_volume(engine.store());
        const auto found = all.find(volume->name);
        return found == all.end() ? std::vector<std::string>{} : found->second;
    };
    if (options.force)
        remove_users(engine, users(), options.timeout_s);
    const store::StoreAlone alone = engine.store().alone();
    if (store::volumes_in_use(engine.store()).contains(volume->name)) {
        std::string list;
        for (const std::string& id : users())
            list += (list.empty() ? "" : ", ") + id;
        throw Error{ErrorKind::InUse, cat("volume ", volume->name, " is being used by the following container(s): ",
                                          list, ": volume is being used")};
    }
    engine.store().volumes().remove(volume->name);
    add_event(engine, "remove", volume->name);
    return volume->name;
}

PrunedVolumes prune_volumes(Engine& engine, bool all, const std::vector<Filter>& filters)
{
    engine.enter_user_namespace();
    PrunedVolumes pruned;
    for (const store::Volume& volume : find_unused_volumes(engine, all, filters)) {
        const std::uint64_t bytes =
            store::tree_size(engine.store().root().data(), cat("volumes/", volume.name, "/_data"));
        try {
            remove_volume(engine, volume.name, {});
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) // somebody was faster
                throw;
            continue;
        }
        pruned.names.push_back(volume.name);
        pruned.bytes += bytes;
    }
    return pruned;
}

} // namespace skiff::engine
