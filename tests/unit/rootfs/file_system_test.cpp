#include "rootfs/file_system.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff::rootfs {
namespace {

TEST(FileSystem, IsLocalOrNot)
{
    EXPECT_EQ(make_file_system(0xEF53).kind, FileSystemKind::Local);
    EXPECT_EQ(make_file_system(0x01021994).kind, FileSystemKind::Memory);
    EXPECT_EQ(make_file_system(0x6969).type, "nfs");
    EXPECT_EQ(make_file_system(0xFF534D42).kind, FileSystemKind::Network);
    EXPECT_EQ(make_file_system(0x65735546, "fuse.sshfs").kind, FileSystemKind::Network);
    EXPECT_EQ(make_file_system(0x65735546, "fuseblk").kind, FileSystemKind::Local);
    EXPECT_EQ(make_file_system(0x12345678).kind, FileSystemKind::Unknown);
}

TEST(FileSystem, OfAPathIsSeen)
{
    EXPECT_EQ(look_at_file_system("/proc").kind, FileSystemKind::Unknown);
    EXPECT_THROW(look_at_file_system("/no/such/path"), Error);
}

TEST(DirectoryProbe, LeavesNothingBehind)
{
    const TempDir box{testing::TempDir(), "skiff-probe-"};

    const auto probes = probe_directory(box.path());

    EXPECT_GE(probes.size(), 8U);
    for (const DirectoryProbe& probe : probes) {
        const bool may_lack = probe.what == "extended attributes" || probe.what == "whiteout devices";
        EXPECT_TRUE(may_lack || probe.works()) << probe.what << ": " << probe.detail;
    }
    EXPECT_TRUE(list_directory(AT_FDCWD, box.path()).empty());
}

} // namespace
} // namespace skiff::rootfs
