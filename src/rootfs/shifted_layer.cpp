#include "rootfs/shifted_layer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"
#include "rootfs/layer_stack.hpp"
#include "rootfs/tree_copy.hpp"

namespace skiff::rootfs {
namespace {

constexpr std::string_view unfinished_prefix = ".shifting-";

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string twin_name(const IdMap& map, std::string_view form) { return cat("shifted-", map_fingerprint(map), form); }

/// A store of our own may lie on a read-only mount.
bool is_writable(const std::string& directory) { return ::access(directory.c_str(), W_OK) == 0; }

/// The directory that a layer's twins are kept in: beside it, where we can write.
std::string twins_place(const TwinRequest& request, const std::string& layer)
{
    const std::string beside = parent_of(layer);
    return is_foreign_layer(layer) || !is_writable(beside) ? cat(request.foreign_dir, "/", name_of(beside)) : beside;
}

std::string redirecting_path(const TwinRequest& request)
{
    return cat(twins_place(request, request.layers.back()), "/", twin_name(request.map, "-r"));
}

bool stays_itself(const TwinRequest& request, const std::string& layer)
{
    return !needs_shift(request.map) && !is_foreign_layer(layer);
}

std::string copy_path(const TwinRequest& request, const std::string& layer)
{
    return stays_itself(request, layer) ? layer : cat(twins_place(request, layer), "/", twin_name(request.map, "-c"));
}

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
    make_directories(layer_dir);
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

std::optional<std::string> find_redirecting_twin(const TwinRequest& request)
{
    std::string path = redirecting_path(request);
    if (!exists_at(AT_FDCWD, path))
        return std::nullopt;
    return path;
}

std::string make_redirecting_twin(const TwinRequest& request)
{
    const std::string path = redirecting_path(request);
    make_once(parent_of(path), name_of(path), Holds::NamesOnly, [&](int target) {
        TreeCopy copy{target, {.shift = request.map, .redirect_data = true}};
        copy.copy_merged(open_stack(request.layers), target);
    });
    return path;
}

std::optional<std::vector<std::string>> find_copied_twins(const TwinRequest& request)
{
    std::vector<std::string> twins;
    for (const std::string& layer : request.layers) {
        twins.push_back(copy_path(request, layer));
        if (!exists_at(AT_FDCWD, twins.back()))
            return std::nullopt;
    }
    return twins;
}

std::vector<std::string> make_copied_twins(const TwinRequest& request)
{
    std::vector<std::string> twins;
    for (const std::string& layer : request.layers) {
        twins.push_back(copy_path(request, layer));
        if (!exists_at(AT_FDCWD, twins.back()))
            make_once(parent_of(twins.back()), name_of(twins.back()), Holds::Data, [&](int target) {
                const UniqueFd source = open_at(AT_FDCWD, layer, O_RDONLY | O_DIRECTORY);
                const CopyPolicy policy{.shift = request.map, .keep_overlay_marks = true, .foreign = is_foreign_layer(layer)};
                TreeCopy{target, policy}.copy_raw(source.get(), target);
            });
    }
    return twins;
}

} // namespace skiff::rootfs
