#include "kernel/procfs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "namespace_child.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace skiff::kernel {
namespace {

TEST(Procfs, ReadsAndWritesTheCallersOwnFiles)
{
    const auto outcome = test::run_in_child([] {
        const Procfs proc = Procfs::open();

        EXPECT_EQ(proc.self(), cat(::getpid(), "/task/", ::getpid()));
        proc.write(cat(proc.self(), "/comm"), "renamed");
        EXPECT_EQ(proc.read(cat(proc.self(), "/comm")), "renamed\n");
    });
    EXPECT_TRUE(outcome.passed());
}

TEST(Procfs, FollowsNothing)
{
    const Procfs proc = Procfs::open();

    EXPECT_THROW((void)proc.open_file("self/status", O_RDONLY), Error);
    EXPECT_THROW((void)proc.open_file("../etc/passwd", O_RDONLY), Error);
    EXPECT_THROW((void)proc.open_file(cat(::getpid(), "/root/etc/passwd"), O_RDONLY), Error);
    EXPECT_THROW((void)proc.open_file("no-such-file", O_RDONLY), Error);
}

TEST(Procfs, SeesWhatIsMountedOnAFile)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        const Procfs proc = Procfs::open();
        const std::string comm = cat(proc.self(), "/comm");
        ASSERT_EQ(::mount(cat("/proc/", proc.self(), "/status").c_str(), cat("/proc/", comm).c_str(), nullptr, MS_BIND, nullptr), 0);

        EXPECT_THROW((void)proc.open_file(comm, O_RDONLY), Error);
    });
}

TEST(Procfs, IsNotJustAnyDirectoryCalledProc)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        ASSERT_EQ(::mount("tmpfs", "/proc", "tmpfs", 0, nullptr), 0);

        EXPECT_THROW(Procfs::open(), Error);
    });
}

} // namespace
} // namespace skiff::kernel
