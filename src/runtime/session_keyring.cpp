// A keyring counts for the user who makes it, and kernel.keys.maxkeys, usually 200, is all that a user may have. Any user of the
// container's ids may make it: processes use it because they are in it, whoever owns it. What its owner may do counts more: by
// default see it, read it and link it, also from another container with the same user. So the owner may only find it by name.
#include "runtime/session_keyring.hpp"

#include "runtime/child_plan.hpp"
#include "runtime/child_steps.hpp"

#include <cerrno>
#include <cstdint>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

constexpr std::uint32_t keyring_rights = 0x3f000000U | 0x00080000U; // KEY_POS_ALL | KEY_USR_SEARCH
constexpr uid_t last_other_owner = 15;                              // ids that every range has: 3000 containers more

bool join_keyring(const char* name) noexcept
{
    const long keyring = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    if (keyring < 0)
        return false;
    ::syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, keyring_rights);
    return true;
}

bool become(uid_t real, uid_t effective) noexcept { return ::syscall(SYS_setresuid, real, effective, -1) == 0; }

/// The saved id stays, and with it the way back and the capabilities.
bool join_keyring_as(uid_t owner, const char* name, int handshake) noexcept
{
    const uid_t real = ::getuid();
    const uid_t effective = ::geteuid();
    if (!become(owner, owner)) { // the range of ids is smaller
        errno = EDQUOT;
        return false;
    }
    const bool joined = join_keyring(name);
    const int error = errno;
    if (!become(real, effective))
        die(handshake, Step::Keyring);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // changing ids may have changed it
    errno = error;
    return joined;
}

} // namespace

void enter_session_keyring(const ProcessPlan& plan, int handshake) noexcept
{
    if (join_keyring(plan.keyring) || errno == ENOSYS || errno == EPERM) // no keyrings in this kernel, or none for us: nor inside
        return;
    for (uid_t owner = 1; errno == EDQUOT && owner <= last_other_owner; ++owner)
        if (join_keyring_as(owner, plan.keyring, handshake))
            return;
    // One without a name does not count in a process that was in none before.
    if (errno != EDQUOT || ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0)
        die(handshake, Step::Keyring);
}

} // namespace skiff::runtime
