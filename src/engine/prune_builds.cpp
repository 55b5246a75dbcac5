#include "engine/prune_builds.hpp"

#include "base/file.hpp"
#include "engine/build_layers.hpp"
#include "store/garbage.hpp"

#include <dirent.h>

namespace skiff::engine {
namespace {

/// Each directory of a cache has a lock beside it, which whoever uses it holds.
std::uint64_t remove_cache_mounts(const std::string& build_cache)
{
    std::uint64_t bytes = 0;
    const auto place = find_at(AT_FDCWD, build_cache + "/mounts", O_RDONLY | O_DIRECTORY);
    if (!place)
        return 0;
    for (const DirectoryEntry& entry : list_directory(place->get())) {
        if (entry.type != DT_DIR)
            continue;
        const auto lock = FileLock::try_acquire(place->get(), entry.name + ".lock", FileLock::Mode::Exclusive);
        if (!lock)
            continue;
        bytes += store::tree_size(place->get(), entry.name);
        remove_tree_at(place->get(), entry.name);
        remove_file_at(place->get(), entry.name + ".lock");
    }
    return bytes;
}

} // namespace

PrunedBuilds prune_builds(Engine& engine, std::optional<WallTime> unused_since)
{
    engine.enter_user_namespace();
    sweep_builds(engine, true);
    const store::BuildCache cache{engine.store().root()};
    PrunedBuilds pruned;
    pruned.steps = unused_since ? cache.prune(*unused_since) : cache.clear();
    if (!unused_since)
        pruned.bytes = remove_cache_mounts(cache.directory());
    pruned.bytes += store::collect_garbage(engine.store(), engine.store().alone()).bytes;
    store::empty_trash(engine.store().root());
    return pruned;
}

} // namespace skiff::engine
