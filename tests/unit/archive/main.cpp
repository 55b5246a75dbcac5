// Unpacking gives files away, so these tests run as root of a user namespace of their own: with as many ids as the
// caller has, which for an ordinary user is one. Where user namespaces are refused, they run as they are.

#include "archive/unpack_worker.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/role.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>

namespace {

using namespace skiff;

/// Only somebody outside with privileges can map more than one's own id: a child that stays there while we leave.
void enter_user_namespace_as_root()
{
    int left[2];
    if (::pipe2(left, O_CLOEXEC) != 0)
        return;
    const pid_t us = ::getpid();
    const pid_t helper = ::fork();
    if (helper == 0) {
        char byte = 0;
        ::close(left[1]);
        try {
            if (::read(left[0], &byte, 1) == 1)
                for (const char* map : {"uid_map", "gid_map"})
                    write_virtual_file(AT_FDCWD, cat("/proc/", us, "/", map), "0 0 65536");
        } catch (const Error&) { // the exit code says it
            ::_exit(1);
        }
        ::_exit(0);
    }
    if (::unshare(CLONE_NEWUSER) == 0)
        (void)!::write(left[1], "x", 1);
    ::close(left[1]);
    ::close(left[0]);
    int status = 0;
    ::waitpid(helper, &status, 0);
}

void enter_user_namespace()
{
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (uid == 0)
        return enter_user_namespace_as_root();
    if (::unshare(CLONE_NEWUSER) != 0)
        return;
    try {
        write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
        write_virtual_file(AT_FDCWD, "/proc/self/uid_map", cat("0 ", uid, " 1"));
        write_virtual_file(AT_FDCWD, "/proc/self/gid_map", cat("0 ", gid, " 1"));
    } catch (const Error& error) {
        std::fprintf(stderr, "no user namespace: %s\n", error.what());
        std::exit(77); // skipped
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (const auto role = skiff::find_role(argc, argv))
        return role->role == "unpack" ? skiff::archive::run_unpack_worker(role->json) : 125;
    ::signal(SIGPIPE, SIG_IGN);
    enter_user_namespace();
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
