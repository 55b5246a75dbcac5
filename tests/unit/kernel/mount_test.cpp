#include "kernel/mount.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "namespace_child.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

namespace skiff::kernel {
namespace {

UniqueFd path_fd(const std::string& path) { return open_at(AT_FDCWD, path, O_PATH); }

bool is_read_only(const std::string& path)
{
    struct statvfs status{};
    return ::statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

class Mounting : public testing::TestWithParam<const char*>
{
  protected:
    void SetUp() override { ::setenv("SKIFF_NO_MOUNT_API", GetParam(), 1); }
    void TearDown() override { ::unsetenv("SKIFF_NO_MOUNT_API"); }
    TempDir box_{testing::TempDir(), "skiff-mount-"};
};

TEST_P(Mounting, BindsADirectoryReadOnly)
{
    make_directories(cat(box_.path(), "/from/inner"));
    make_directories(cat(box_.path(), "/to"));
    SKIFF_EXPECT_IN_NAMESPACES([&] {
        const std::string target = cat(box_.path(), "/to");

        bind_mount(path_fd(cat(box_.path(), "/from")).get(), path_fd(target).get(),
                   {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, .propagation = MS_PRIVATE}, Recursive::Yes);

        EXPECT_TRUE(exists_at(AT_FDCWD, cat(target, "/inner")));
        EXPECT_TRUE(is_read_only(target));
        EXPECT_FALSE(is_read_only(cat(box_.path(), "/from")));
        EXPECT_TRUE(unmount(target));
        EXPECT_FALSE(exists_at(AT_FDCWD, cat(target, "/inner")));
        EXPECT_FALSE(unmount(target));
    });
}

TEST_P(Mounting, BindsAFile)
{
    save_atomically(AT_FDCWD, cat(box_.path(), "/from"), "content");
    save_atomically(AT_FDCWD, cat(box_.path(), "/to"), "");
    SKIFF_EXPECT_IN_NAMESPACES([&] {
        bind_mount(path_fd(cat(box_.path(), "/from")).get(), path_fd(cat(box_.path(), "/to")).get(), {}, Recursive::No);

        EXPECT_EQ(read_file(AT_FDCWD, cat(box_.path(), "/to")), "content");
    });
}

TEST_P(Mounting, KeepsTheFlagsOfABoundMount)
{
    make_directories(cat(box_.path(), "/from"));
    make_directories(cat(box_.path(), "/to"));
    SKIFF_EXPECT_IN_NAMESPACES([&] {
        mount_filesystem("tmpfs", path_fd(cat(box_.path(), "/from")).get(), MS_NOEXEC | MS_NODEV, "mode=0755");

        bind_mount(path_fd(cat(box_.path(), "/from")).get(), path_fd(cat(box_.path(), "/to")).get(), {.set = MOUNT_ATTR_RDONLY},
                   Recursive::No);

        struct statvfs status{};
        ASSERT_EQ(::statvfs(cat(box_.path(), "/to").c_str(), &status), 0);
        EXPECT_NE(status.f_flag & ST_NOEXEC, 0U);
        EXPECT_NE(status.f_flag & ST_RDONLY, 0U);
    });
}

INSTANTIATE_TEST_SUITE_P(, Mounting, testing::Values("0", "1"),
                         [](const auto& api) { return api.param[0] == '0' ? "ByTheNewApi" : "ByMount2"; });

TEST(Filesystem, IsDetachedUntilItIsAttached)
{
    if (!has_mount_api())
        GTEST_SKIP() << "the kernel has no mount API by descriptors";
    const TempDir box{testing::TempDir(), "skiff-mount-"};
    SKIFF_EXPECT_IN_NAMESPACES([&] {
        const UniqueFd tmpfs = Filesystem{"tmpfs"}.set("mode", "0711").set("size", "64k").mount(MOUNT_ATTR_NOSUID);
        const UniqueFd made = open_at(tmpfs.get(), "file", O_CREAT | O_WRONLY, 0600);
        EXPECT_FALSE(exists_at(AT_FDCWD, cat(box.path(), "/file")));

        attach_mount(tmpfs.get(), path_fd(box.path()).get());

        EXPECT_TRUE(exists_at(AT_FDCWD, cat(box.path(), "/file")));
    });
}

TEST(Filesystem, SaysWhatTheKernelSays)
{
    if (!has_mount_api())
        GTEST_SKIP() << "the kernel has no mount API by descriptors";
    SKIFF_EXPECT_IN_NAMESPACES([&] {
        try {
            Filesystem{"tmpfs"}.set("nonsense", "1");
            FAIL() << "tmpfs knows nonsense";
        } catch (const Error& error) {
            EXPECT_NE(error.message().find("nonsense=1"), std::string::npos) << error.message();
            EXPECT_NE(error.message().find("Unknown parameter 'nonsense'"), std::string::npos) << error.message();
        }
    });
}

} // namespace
} // namespace skiff::kernel
