#include "engine/reset.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "engine/remove.hpp"
#include "kernel/mount.hpp"
#include "store/garbage.hpp"

#include <unistd.h>

namespace skiff::engine {
namespace {

/// Two commands that remove the same container meet here; what is gone is gone.
void remove_containers(Engine& engine)
{
    RemoveOptions options;
    options.force = options.depend = options.volumes = true;
    options.timeout_s = 0;
    for (const std::string& id : engine.store().containers().list_ids()) {
        try {
            if (engine.store().containers().exists(id))
                remove_container(engine, id, options);
        } catch (const Error& error) {
            log::warn(cat(error.message(), "; removed all the same if nothing of it runs"));
            if (engine.store().containers().is_monitor_alive(id))
                throw;
        }
    }
}

/// The directory itself may be another user's mount point or a symlink's target: then it stays, empty. What says that it is
/// a store goes last: who is killed on the way can begin again.
void empty_directory(int directory, const std::string& path)
{
    for (const DirectoryEntry& entry : list_directory(directory))
        if (entry.name != "format")
            remove_tree_at(directory, entry.name);
    remove_tree_at(directory, "format");
    if (::rmdir(path.c_str()) != 0)
        log::debug(cat("removing ", quoted(path), ": ", errno_text(errno), "; ignored"));
}

} // namespace

void reset_system(Engine& engine)
{
    engine.enter_user_namespace();
    // By `mount` and `image mount` inside `unshare`; monitors have mount namespaces of their own.
    kernel::unmount_all_below(engine.store().root().data_path());
    kernel::unmount_all_below(engine.store().root().run_path());
    remove_containers(engine);
    const store::StoreAlone alone = engine.store().alone();
    store::remove_everything(engine.store(), alone);
    const store::Root& root = engine.store().root();
    empty_directory(root.data(), root.data_path());
    empty_directory(root.run(), root.run_path());
}

} // namespace skiff::engine
