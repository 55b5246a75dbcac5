#include "engine/volume.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/remove.hpp"
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

/// Options as mount(8) has them: what cannot work is refused now and not when a container starts.
void check_options(const std::map<std::string, std::string>& options)
{
    for (const auto& [key, value] : options) {
        if (key == "nocopy")
            continue;
        if (key != "type" && key != "device" && key != "o")
            throw Error{ErrorKind::Usage,
                        cat("invalid volume option ", printable(key), " for driver 'local': invalid argument")}
                .with_hint("there are type, device, o and nocopy");
    }
    const auto type = options.find("type");
    const auto device = options.find("device");
    const bool is_bind = type != options.end() && (type->second == "bind" || type->second == "none");
    if (is_bind && device != options.end() && ::access(device->second.c_str(), F_OK) != 0)
        throw Error{ErrorKind::Failure, cat("invalid volume option device for driver 'local': faccessat ",
                                            printable(device->second), ": ", errno_text(errno))};
}

void change_owner(Engine& engine, const VolumeRequest& request, const std::string& name)
{
    if (!request.uid && !request.gid)
        return;
    engine.enter_user_namespace();
    const UniqueFd data = open_at(AT_FDCWD, engine.store().volumes().data_path(name), O_RDONLY | O_DIRECTORY);
    if (::fchown(data.get(), request.uid.value_or(0), request.gid.value_or(0)) != 0)
        throw Error{errno,
                    cat("giving volume ", quoted(name), " to ", request.uid.value_or(0), ":", request.gid.value_or(0))};
}

} // namespace

std::string create_volume(Engine& engine, const VolumeRequest& request)
{
    check_options(request.options);
    store::Volume volume;
    volume.name = request.name.empty() ? random_hex(32) : request.name;
    volume.anonymous = request.name.empty();
    volume.created = wall_now();
    volume.labels = request.labels;
    volume.options = request.options;
    if (volume.options.erase("nocopy") > 0)
        volume.needs_copy_up = false;
    try {
        engine.store().volumes().create(volume, engine.store().use());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::InUse && request.ignore_existing)
            return volume.name;
        throw;
    }
    change_owner(engine, request, volume.name);
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
    if (options.force) {
        RemoveOptions with_force;
        with_force.force = with_force.depend = true;
        with_force.timeout_s = options.timeout_s;
        for (const std::string& id : users())
            remove_container(engine, id, with_force);
    }
    const store::StoreAlone alone = engine.store().alone();
    if (const auto ids = users(); !ids.empty()) {
        std::string list;
        for (const std::string& id : ids)
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
