#include "kernel/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::kernel {
namespace {

using testing::HasSubstr;

TEST(Refusals, NameTheCauseAndTheRemedy)
{
    struct Case
    {
        Refused what;
        int error;
        MachineFacts facts;
        const char* hint;
    };
    const Case cases[] = {
        {Refused::UserNamespace, ENOSPC, {.max_user_namespaces = 0}, "`sysctl user.max_user_namespaces=15000`"},
        {Refused::UserNamespace, ENOSPC, {.max_user_namespaces = 100}, "are in use, or they are nested too deep"},
        {Refused::UserNamespace, EUSERS, {}, "nested too deep"},
        {Refused::UserNamespace, EPERM, {.unprivileged_clone = 0}, "`sysctl kernel.unprivileged_userns_clone=1`"},
        {Refused::UserNamespace, EPERM, {.apparmor_restricts = 1}, "AppArmor restricts user namespaces"},
        {Refused::UserNamespace, EPERM, {.in_chroot = true}, "inside a chroot"},
        {Refused::UserNamespace, EPERM, {.seccomp_filtered = true}, "`--security-opt seccomp=unconfined`"},
        {Refused::UserNamespace, EPERM, {}, "ask its administrator"},
        {Refused::IdMap, EACCES, {.apparmor_restricts = 1}, "AppArmor"},
        {Refused::JoinNamespace, ESRCH, {}, "try again"},
        {Refused::MountNamespace, ENOSPC, {.max_mount_namespaces = 0}, "`sysctl user.max_mnt_namespaces=15000`"},
        {Refused::MountNamespace, ENOSPC, {}, "all mount namespaces"},
        {Refused::NetworkNamespace, ENOSPC, {.max_network_namespaces = 0}, "`--network host`"},
        {Refused::NetworkNamespace, ENOSPC, {}, "`--network host` needs none"},
        {Refused::PidNamespace, ENOSPC, {.max_pid_namespaces = 0}, "`--pid host`"},
        {Refused::Mount, EPERM, {.seccomp_filtered = true}, "forbids mounts"},
        {Refused::OverlayMount, EPERM, {}, "`--storage-driver fuse-overlayfs`"},
        {Refused::OverlayMount, EINVAL, {}, "put skiff's data on a local disk"},
        {Refused::OverlayMount, ESTALE, {}, "remove that container"},
        {Refused::FuseMount, EPERM, {.fuse_device_usable = false}, "/dev/fuse cannot be opened"},
        {Refused::ProcMount, EPERM, {}, "`--pid host`"},
        {Refused::CgroupLimit, EACCES, {}, "no cgroup is delegated"},
        {Refused::FileSpace, EDQUOT, {}, "`skiff system df`"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.hint);
        EXPECT_THAT(make_refusal_hint(c.what, c.error, c.facts), HasSubstr(c.hint));
    }
}

TEST(Refusals, SayNothingWhenNothingIsKnown)
{
    EXPECT_EQ(make_refusal_hint(Refused::Mount, ENOENT, {}), "");
    EXPECT_EQ(make_refusal_hint(Refused::FileSpace, EIO, {}), "");
}

TEST(Refusals, BecomeErrorsWithTheErrnoInWords)
{
    const Error error = explained(Refused::CgroupLimit, EACCES, "setting a memory limit");

    EXPECT_EQ(error.message(), "setting a memory limit: permission denied");
    EXPECT_THAT(error.hint(), HasSubstr("no cgroup is delegated"));
}

} // namespace
} // namespace skiff::kernel
