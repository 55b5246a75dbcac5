// Which volumes there are, and what they look like: a part of volume.hpp.

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/image_list.hpp"
#include "engine/name_pattern.hpp"
#include "engine/volume.hpp"
#include "store/garbage.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using store::Volume;
using Predicate = std::function<bool(const Volume&)>;

bool read_bool(const Filter& filter)
{
    if (filter.value == "true" || filter.value == "1")
        return true;
    if (filter.value == "false" || filter.value == "0")
        return false;
    throw Error{ErrorKind::Usage, cat(quoted(filter.value), " is not a valid value for the \"", filter.key,
                                      "\" filter - must be true or false")};
}

Predicate by_option(const std::string& value)
{
    const std::size_t equals = value.find('=');
    return [key = value.substr(0, equals), wanted = equals == std::string::npos
                                                        ? std::optional<std::string>{}
                                                        : value.substr(equals + 1)](const Volume& volume) {
        const auto option = volume.options.find(key);
        return option != volume.options.end() && (!wanted || option->second == *wanted);
    };
}

Predicate make_one(Engine& engine, const Filter& filter)
{
    const std::string& key = filter.key;
    const std::string& value = filter.value;
    if (key == "name")
        return [fits = make_name_pattern(value)](const Volume& volume) { return fits(volume.name); };
    if (key == "driver")
        return [value](const Volume& volume) { return volume.driver == value; };
    if (key == "scope")
        return [value](const Volume&) { return value == "local"; };
    if (key == "label")
        return [value](const Volume& volume) { return has_label(volume.labels, value); };
    if (key == "opt")
        return by_option(value);
    if (key == "anonymous")
        return [wanted = read_bool(filter)](const Volume& volume) { return volume.anonymous == wanted; };
    if (key == "dangling")
        return [wanted = read_bool(filter), users = store::containers_by_volume(engine.store())](const Volume& volume) {
            return users.contains(volume.name) != wanted;
        };
    if (key == "until") {
        const WallTime until = text::parse_time(value, wall_now());
        return [until](const Volume& volume) { return volume.created < until; };
    }
    if (key == "since" || key == "after") {
        const WallTime created = engine.store().volumes().resolve(value).created;
        return [created](const Volume& volume) { return volume.created > created; };
    }
    throw Error{ErrorKind::Usage, cat("\"", printable(key), "\" is an invalid volume filter")};
}

} // namespace

std::vector<Volume> list_volumes(Engine& engine, const std::vector<Filter>& filters)
{
    std::map<std::string, std::vector<Predicate>> by_key;
    for (const Filter& filter : filters) {
        Predicate one = make_one(engine, filter);
        if (filter.negated)
            one = [one = std::move(one)](const Volume& volume) { return !one(volume); };
        // Labels must all be there; of other keys one value is enough.
        by_key[filter.key == "label" || filter.negated ? cat(filter.key, by_key.size()) : filter.key].push_back(
            std::move(one));
    }
    std::vector<Volume> volumes;
    for (Volume& volume : engine.store().volumes().list())
        if (std::all_of(by_key.begin(), by_key.end(), [&](const auto& entry) {
                return std::any_of(entry.second.begin(), entry.second.end(),
                                   [&](const Predicate& fits) { return fits(volume); });
            }))
            volumes.push_back(std::move(volume));
    return volumes;
}

std::vector<Volume> find_unused_volumes(Engine& engine, bool all, const std::vector<Filter>& filters)
{
    std::vector<Filter> others;
    for (const Filter& filter : filters) { // Docker's way to say --all
        if (filter.key == "all")
            all = all || read_bool(filter);
        else
            others.push_back(filter);
    }
    others.push_back({"dangling", "true", false});
    if (!all && std::none_of(others.begin(), others.end(), [](const Filter& f) { return f.key == "anonymous"; }))
        others.push_back({"anonymous", "true", false});
    return list_volumes(engine, others);
}

nlohmann::ordered_json make_volume_document(Engine& engine, const Volume& volume)
{
    const std::string path = engine.store().volumes().data_path(volume.name);
    const auto users = store::containers_by_volume(engine.store());
    std::size_t mounts = 0;
    if (const auto found = users.find(volume.name); found != users.end())
        for (const std::string& id : found->second)
            mounts += engine.store().containers().is_monitor_alive(id) ? 1 : 0;
    Json document{
        {"Name", volume.name},      {"Driver", volume.driver},
        {"Mountpoint", path},       {"CreatedAt", text::format_rfc3339_nano(volume.created, text::Zone::Local)},
        {"Labels", Json::object()}, {"Scope", "local"},
        {"Options", Json::object()}};
    for (const auto& [key, value] : volume.labels)
        document["Labels"][key] = value;
    for (const auto& [key, value] : volume.options)
        document["Options"][key] = value;
    struct stat status
    {
    };
    if (::stat(path.c_str(), &status) == 0) {
        const IdMap& map = engine.identity().map;
        const auto uid = engine.is_inside() ? status.st_uid : find_inside(map.uids, status.st_uid).value_or(0);
        const auto gid = engine.is_inside() ? status.st_gid : find_inside(map.gids, status.st_gid).value_or(0);
        if (uid != 0)
            document["UID"] = uid;
        if (gid != 0)
            document["GID"] = gid;
    }
    if (volume.anonymous)
        document["Anonymous"] = true;
    document["MountCount"] = mounts;
    if (volume.needs_copy_up)
        document["NeedsCopyUp"] = true;
    if (volume.needs_owner)
        document["NeedsChown"] = true;
    document["LockNumber"] = 0;
    return document;
}

nlohmann::ordered_json inspect_volume(Engine& engine, const std::string& text)
{
    const auto volume = engine.store().volumes().find(text);
    if (!volume)
        throw Error{ErrorKind::NotFound, cat("no such volume ", printable(text))};
    return make_volume_document(engine, *volume);
}

} // namespace skiff::engine
