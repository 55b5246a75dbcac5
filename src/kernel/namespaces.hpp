#pragma once

#include "base/process.hpp"
#include "base/unique_fd.hpp"
#include "kernel/idmap.hpp"

/// Stepping into namespaces, in place: the calling process stays what it is and must be single-threaded.
namespace skiff::kernel {

/// Makes a user namespace and enters it, with all capabilities inside. Supplementary groups stay (they show as 65534 and
/// still grant access).
///
/// Returns the plan in effect: where newuidmap or newgidmap fails, it is the single-id plan with their words as its notice.
/// Throws with a hint when the machine allows no user namespace at all.
IdentityPlan enter_new_user_namespace(const IdentityPlan& plan);

/// Enters namespaces of a live process; `flags` are CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET ... Entering a mount namespace
/// changes the root and the working directory to that namespace's root.
void enter_namespaces_of(const Pidfd& process, int flags);

/// Makes a mount namespace and enters it: mounts of ours stay in it, and what the host mounts later still appears.
/// The working directory stays. Needs capabilities: after enter_new_user_namespace.
void enter_own_mount_namespace();

} // namespace skiff::kernel
