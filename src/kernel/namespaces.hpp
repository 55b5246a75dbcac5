#pragma once

#include "base/process.hpp"
#include "base/unique_fd.hpp"
#include "kernel/idmap.hpp"

#include <memory>

/// Stepping into namespaces, in place: the calling process stays what it is and must be single-threaded.
namespace skiff::kernel {

/// Makes a user namespace and enters it, with all capabilities inside. Supplementary groups stay (they show as 65534 and
/// still grant access).
///
/// Returns the plan in effect: where newuidmap or newgidmap fails, it is the single-id plan with their words as its notice.
/// Throws with a hint when the machine allows no user namespace at all.
IdentityPlan enter_new_user_namespace(const IdentityPlan& plan);

/// The same in two halves: newuidmap and newgidmap take a millisecond, in which the caller may do something else (look up
/// an image, say). Between the halves it must not start threads. Dropped without enter(), nothing has happened.
class UserNamespaceStart
{
  public:
    explicit UserNamespaceStart(IdentityPlan plan);
    UserNamespaceStart(UserNamespaceStart&&) noexcept;
    UserNamespaceStart& operator=(UserNamespaceStart&&) noexcept;
    ~UserNamespaceStart();
    IdentityPlan enter(); ///< as enter_new_user_namespace; once

  private:
    struct Helpers;
    IdentityPlan plan_;
    std::unique_ptr<Helpers> helpers_; ///< none in single-id mode
};

/// Enters namespaces of a live process; `flags` are CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET ... Entering a mount namespace
/// changes the root and the working directory to that namespace's root.
void enter_namespaces_of(const Pidfd& process, int flags);

/// Makes a mount namespace and enters it: mounts of ours stay in it, and what the host mounts later still appears.
/// The working directory stays. Needs capabilities: after enter_new_user_namespace.
void enter_own_mount_namespace();

} // namespace skiff::kernel
