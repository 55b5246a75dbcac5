#pragma once

#include "kernel/idmap.hpp"
#include "monitor/holder.hpp"

#include <memory>
#include <optional>
#include <string>

namespace skiff::engine {

/// This process's place in the shared user namespace, where 0 is the user and the subordinate ids follow. As long as it
/// lives, others can join through us.
struct UserNamespace
{
    kernel::IdentityPlan plan; ///< in effect
    std::string id_map;        ///< its text, as holders keep it
    std::unique_ptr<monitor::NamespaceHolder> holder; ///< none on a disk that takes no more files
    bool was_inside = false;   ///< we were started below `unshare`: mounts of ours are seen there and outlive us
};

/// Steps into the shared user namespace, in place, and into a mount namespace of our own: joins a live holder's, or makes a
/// new one. The process must be single-threaded.
UserNamespace enter_user_namespace(const std::string& run_dir, const kernel::IdentityPlan& plan);

} // namespace skiff::engine
