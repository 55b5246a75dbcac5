#include "engine/userns.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "kernel/namespaces.hpp"

#include <cerrno>
#include <cstdlib>
#include <sched.h>

namespace skiff::engine {
namespace {

std::string map_text(const kernel::IdentityPlan& plan)
{
    return kernel::make_map_text(plan.map.uids) + kernel::make_map_text(plan.map.gids);
}

/// False when it has ended meanwhile, or is a zombie: then there may be another one.
bool try_join(const Pidfd& holder)
{
    try {
        kernel::enter_namespaces_of(holder, CLONE_NEWUSER);
        return true;
    } catch (const Error& error) {
        if (error.errno_value() != ESRCH)
            throw;
        return false;
    }
}

/// Without a record a command that frees space goes on: it is in the namespace, and only others cannot join through it.
std::unique_ptr<monitor::NamespaceHolder> try_record_holder(const std::string& run_dir, const std::string& id_map)
{
    try {
        return std::make_unique<monitor::NamespaceHolder>(run_dir, id_map);
    } catch (const Error& error) {
        if (error.errno_value() != ENOSPC && error.errno_value() != EDQUOT)
            throw;
        log::debug(cat(error.message(), "; nobody can join this command's user namespace"));
        return nullptr;
    }
}

} // namespace

UserNamespace enter_user_namespace(const std::string& run_dir, const kernel::IdentityPlan& plan)
{
    UserNamespace entered{plan, map_text(plan), nullptr};
    // Held until we are registered ourselves: two first commands at once must not make two namespaces.
    const FileLock lock = FileLock::acquire(AT_FDCWD, run_dir + "/userns.lock", FileLock::Mode::Exclusive);
    if (auto id_map = std::getenv("SKIFF_UNSHARED") != nullptr // NOLINT(concurrency-mt-unsafe): spares all others the look
                          ? monitor::find_own_namespace(run_dir)
                          : std::nullopt) {
        entered.id_map = std::move(*id_map);
        entered.was_inside = true;
    } else if (!monitor::find_namespace_holder(run_dir, entered.id_map, try_join)) {
        entered.plan = kernel::enter_new_user_namespace(plan);
        entered.id_map = map_text(entered.plan);
    }
    entered.holder = try_record_holder(run_dir, entered.id_map);
    if (!entered.was_inside)
        kernel::enter_own_mount_namespace();
    return entered;
}

} // namespace skiff::engine
