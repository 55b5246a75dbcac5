#include "engine/volume.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/remove.hpp"
#include "store/garbage.hpp"

#include <algorithm>
#include <charconv>
#include <set>
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

std::string option_of(const store::Volume& volume, const char* key)
{
    const auto found = volume.options.find(key);
    return found == volume.options.end() ? std::string{} : found->second;
}

std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        if (end > from)
            words.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return words;
}

Error invalid_option(const std::string& what)
{
    return Error{ErrorKind::Usage, cat("invalid volume option ", what, " for driver 'local': invalid argument")};
}

std::uint32_t read_id(const std::string& word, int base = 10)
{
    const std::string digits = word.substr(word.find('=') + 1);
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (digits.empty() || problem != std::errc{} || end != digits.data() + digits.size())
        throw invalid_option(printable(word));
    return value;
}

/// The words of "o" that say whose a plain directory is.
struct Ownership
{
    std::optional<std::uint32_t> uid, gid, mode;
};

/// What cannot work is refused now and not when a container starts.
Ownership read_plain_options(const std::vector<std::string>& words)
{
    Ownership owner;
    for (const std::string& word : words) {
        if (word.starts_with("uid="))
            owner.uid = read_id(word);
        else if (word.starts_with("gid="))
            owner.gid = read_id(word);
        else if (word.starts_with("mode="))
            owner.mode = read_id(word, 8);
        else if (word.starts_with("size=") || word.starts_with("inodes="))
            throw invalid_option(printable(word)).with_hint("sizes are limited by quotas, which need root; a volume in memory "
                                                            "has a size: -o type=tmpfs -o o=size=64m");
        else if (word != "noquota" && word != "rw")
            throw invalid_option(printable(word)).with_hint(
                "a plain volume has uid=, gid= and mode=; options of mounts are given where it is mounted: -v NAME:/DIR:noexec");
    }
    return owner;
}

void check_bind_options(const store::Volume& volume, const std::vector<std::string>& words)
{
    static const std::set<std::string> known{"bind",    "rbind",    "ro",    "rw",     "noexec",   "exec",    "nosuid",     "suid",       "nodev",
                                             "dev",     "shared",   "slave", "private", "rshared", "rslave",  "rprivate",   "unbindable", "runbindable"};
    const std::string device = option_of(volume, "device");
    if (!device.starts_with('/'))
        throw invalid_option("device").with_hint("type=bind needs the directory as an absolute path: -o device=/DIR");
    if (::access(device.c_str(), F_OK) != 0)
        throw Error{ErrorKind::Failure,
                    cat("invalid volume option device for driver 'local': faccessat ", printable(device), ": ", errno_text(errno))};
    for (const std::string& word : words)
        if (!known.contains(word))
            throw invalid_option(printable(word)).with_hint("a directory of the host keeps its owner; ro, noexec and the like are possible");
}

void check_options(const store::Volume& volume)
{
    for (const auto& [key, value] : volume.options)
        if (key != "type" && key != "device" && key != "o")
            throw invalid_option(printable(key)).with_hint("there are type, device, o and nocopy");
    const std::string type = option_of(volume, "type");
    const std::vector<std::string> words = words_of(option_of(volume, "o"));
    if (type == "bind" || type == "none")
        check_bind_options(volume, words);
    else if (type.empty() && volume.options.contains("device"))
        throw invalid_option("device").with_hint("it needs a type: -o type=bind for a directory of the host");
    else if (type.empty())
        (void)read_plain_options(words);
    else if (type != "tmpfs") // whose words the kernel judges
        throw invalid_option(cat("type=", printable(type))).with_hint("only bind and tmpfs can be mounted without privileges");
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
    check_options(volume);
    return volume;
}

void apply_volume_owner(Engine& engine, const store::Volume& volume, const VolumeRequest& request)
{
    Ownership owner;
    if (!volume.options.contains("type"))
        owner = read_plain_options(words_of(option_of(volume, "o")));
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
