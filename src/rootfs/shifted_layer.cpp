#include "rootfs/shifted_layer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "rootfs/id_shift.hpp"
#include "rootfs/layer_stack.hpp"
#include "rootfs/tree_copy.hpp"

namespace skiff::rootfs {
namespace {

constexpr std::string_view unfinished_prefix = ".shifting-";

std::string parent_of(const std::string& layer) { return layer.substr(0, layer.rfind('/')); }
std::string twin_name(const IdMap& map, std::string_view form) { return cat("shifted-", map_fingerprint(map), form); }
std::string redirecting_path(const std::string& top, const IdMap& map) { return cat(parent_of(top), "/", twin_name(map, "-r")); }
std::string copy_path(const std::string& layer, const IdMap& map) { return cat(parent_of(layer), "/", twin_name(map, "-c")); }

/// The lock's owner is alone here: whatever is unfinished was left by somebody who was killed.
void remove_unfinished(int layer_dir)
{
    for (const DirectoryEntry& entry : list_directory(layer_dir))
        if (entry.name.starts_with(unfinished_prefix))
            remove_tree_at(layer_dir, entry.name);
}

/// What a power loss may tear must not get its final name. Names, owners and attributes are in the journal before the
/// rename that follows them; data is not.
enum class Holds { NamesOnly, Data };

/// Lets `fill` make the directory `name` in a layer's directory, unless somebody else has meanwhile.
template <typename Fill>
void make_once(const std::string& layer_dir, const std::string& name, Holds holds, const Fill& fill)
{
    const UniqueFd dir = open_at(AT_FDCWD, layer_dir, O_RDONLY | O_DIRECTORY);
    const FileLock lock = FileLock::acquire(dir.get(), "shift.lock", FileLock::Mode::Exclusive);
    if (exists_at(dir.get(), name))
        return;
    remove_unfinished(dir.get());
    const std::string unfinished = cat(unfinished_prefix, random_hex(6));
    const UniqueFd target = make_directory_at(dir.get(), unfinished);
    while_doing("giving the image's files the owners that the container needs", [&] { fill(target.get()); });
    if (holds == Holds::Data && ::syncfs(target.get()) != 0)
        throw Error{errno, cat("writing ", quoted(name), " to disk")};
    rename_at(dir.get(), unfinished, dir.get(), name);
}

} // namespace

std::optional<std::string> find_redirecting_twin(const std::vector<std::string>& layers, const IdMap& map)
{
    std::string path = redirecting_path(layers.back(), map);
    if (!exists_at(AT_FDCWD, path))
        return std::nullopt;
    return path;
}

std::string make_redirecting_twin(const std::vector<std::string>& layers, const IdMap& map)
{
    make_once(parent_of(layers.back()), twin_name(map, "-r"), Holds::NamesOnly, [&](int target) {
        TreeCopy copy{target, {.shift = map, .redirect_data = true}};
        copy.copy_merged(open_stack(layers), target);
    });
    return redirecting_path(layers.back(), map);
}

std::optional<std::vector<std::string>> find_copied_twins(const std::vector<std::string>& layers, const IdMap& map)
{
    std::vector<std::string> twins;
    for (const std::string& layer : layers) {
        twins.push_back(copy_path(layer, map));
        if (!exists_at(AT_FDCWD, twins.back()))
            return std::nullopt;
    }
    return twins;
}

std::vector<std::string> make_copied_twins(const std::vector<std::string>& layers, const IdMap& map)
{
    std::vector<std::string> twins;
    for (const std::string& layer : layers) {
        twins.push_back(copy_path(layer, map));
        if (!exists_at(AT_FDCWD, twins.back()))
            make_once(parent_of(layer), twin_name(map, "-c"), Holds::Data, [&](int target) {
                const UniqueFd source = open_at(AT_FDCWD, layer, O_RDONLY | O_DIRECTORY);
                TreeCopy{target, {.shift = map, .keep_overlay_marks = true}}.copy_raw(source.get(), target);
            });
    }
    return twins;
}

} // namespace skiff::rootfs
