#include "rootfs/rootfs.hpp"

#include "layers_for_test.hpp"
#include "namespace_child.hpp"
#include "rootfs/driver_choice.hpp"
#include "rootfs/fuse_overlayfs.hpp"

#include <csignal>
#include <cstdio>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/vfs.h>

namespace skiff::rootfs {
namespace {

using testing::ElementsAre;

/// Each behaviour with each driver that this machine has.
class EachDriver : public testing::TestWithParam<Driver>
{
  protected:
    static void in_namespaces(const std::function<void()>& body, test::Ids ids = test::Ids::AsPlanned)
    {
        SKIFF_EXPECT_IN_NAMESPACES(
            [&] {
                work_in_memory();
                const std::string problem = find_driver_problem(GetParam(), testing::TempDir());
                if (!problem.empty()) {
                    std::fprintf(stderr, "no %s here: %s\n", to_string(GetParam()).c_str(), problem.c_str());
                    std::fflush(nullptr);
                    ::_exit(test::machine_lacks_it);
                }
                body();
            },
            ids);
    }
    static Rootfs mount(const LayersForTest& layers) { return mount_rootfs(layers.request(GetParam())); }
};

TEST_P(EachDriver, ShowsTheLayersMerged)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("etc").file("etc/passwd", "root\n", 0644, 3, 4).file("etc/old", "old").dir("usr/bin");
        layers.file("usr/bin/tool", "#!/bin/sh\n", 04755).link("bin", "usr/bin");
        layers.layer().dir("etc").file("etc/passwd", "root:x\n", 0600).dir("srv");

        const Rootfs rootfs = mount(layers);

        EXPECT_EQ(rootfs.path(), cat(layers.container_dir(), "/merged"));
        EXPECT_THAT(names_in(rootfs.path()), ElementsAre("bin", "etc", "srv", "usr"));
        EXPECT_THAT(names_in(cat(rootfs.path(), "/etc")), ElementsAre("old", "passwd"));
        EXPECT_EQ(content_of(cat(rootfs.path(), "/etc/passwd")), "root:x\n");
        EXPECT_EQ(status_of(cat(rootfs.path(), "/usr/bin/tool")).st_mode & 07777U, 04755U);
        EXPECT_EQ(read_link_at(rootfs.fd(), "bin"), "usr/bin");
        EXPECT_EQ(status_of(rootfs.path()).st_mode & 07777U, 0755U);
    });
}

TEST_P(EachDriver, KeepsOwnersAndTimes)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("var").file("var/data", "data", 0640, 33, 44);
        const std::array<timespec, 2> times{timespec{1, 0}, timespec{1'000'000'000, 500}};
        ::utimensat(AT_FDCWD, cat(layers.request(GetParam()).layers[0], "/var/data").c_str(), times.data(), 0);

        const Rootfs rootfs = mount(layers);

        const struct stat status = status_of(cat(rootfs.path(), "/var/data"));
        EXPECT_EQ(status.st_uid, 33U);
        EXPECT_EQ(status.st_gid, 44U);
        EXPECT_EQ(status.st_mtim.tv_sec, 1'000'000'000);
        EXPECT_EQ(status.st_mtim.tv_nsec, 500);
    });
}

TEST_P(EachDriver, HidesWhatAHigherLayerDeleted)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("a").file("a/1", "").file("a/2", "").dir("b").file("b/1", "").dir("c").file("c/1", "").file("d", "");
        layers.layer().dir("a").whiteout("a/1").dir("b").opaque("b").file("b/2", "").whiteout("c").dir("d").file("d/in", "");

        const Rootfs rootfs = mount(layers);

        EXPECT_THAT(names_in(cat(rootfs.path(), "/a")), ElementsAre("2"));
        EXPECT_THAT(names_in(cat(rootfs.path(), "/b")), ElementsAre("2"));
        EXPECT_THAT(names_in(rootfs.path()), ElementsAre("a", "b", "d"));
        EXPECT_THAT(names_in(cat(rootfs.path(), "/d")), ElementsAre("in"));
    });
}

TEST_P(EachDriver, WritesOnlyIntoTheContainer)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("etc").file("etc/conf", "image", 0644, 7, 8).dir("gone").file("gone/file", "");
        {
            Rootfs rootfs = mount(layers);
            write_file(cat(rootfs.path(), "/etc/conf"), "changed");
            write_file(cat(rootfs.path(), "/etc/new"), "new");
            EXPECT_TRUE(remove_tree_at(rootfs.fd(), "gone"));
            EXPECT_EQ(::mkdirat(rootfs.fd(), "gone", 0700), 0);
            rootfs.unmount();
        }
        EXPECT_TRUE(names_in(cat(layers.container_dir(), "/merged")).empty());

        const Rootfs again = mount(layers);

        EXPECT_EQ(content_of(cat(again.path(), "/etc/conf")), "changed");
        EXPECT_EQ(content_of(cat(again.path(), "/etc/new")), "new");
        EXPECT_TRUE(names_in(cat(again.path(), "/gone")).empty());
        EXPECT_EQ(status_of(cat(again.path(), "/etc/conf")).st_uid, 7U);
        EXPECT_EQ(content_of(cat(layers.request(GetParam()).layers[0], "/etc/conf")), "image");
    });
}

TEST_P(EachDriver, CanStackAHundredAndTwentyLayersWithLongPaths)
{
    in_namespaces([] {
        LayersForTest layers;
        const std::string long_name(120, 'n');
        for (int i = 0; i < 120; ++i)
            layers.layer(cat(long_name, i)).dir("d").file(cat("d/file", i), std::to_string(i)).file("top", std::to_string(i));

        const Rootfs rootfs = mount(layers);

        EXPECT_EQ(names_in(cat(rootfs.path(), "/d")).size(), 120U);
        EXPECT_EQ(content_of(cat(rootfs.path(), "/top")), "119");
        EXPECT_EQ(content_of(cat(rootfs.path(), "/d/file0")), "0");
    });
}

TEST_P(EachDriver, TakesPathsWithSeparators)
{
    if (GetParam() == Driver::FuseOverlayfs)
        GTEST_SKIP() << "fuse-overlayfs cannot: see FuseOverlayfs.RefusesPathsWithSeparators";
    in_namespaces([] {
        const TempDir box{testing::TempDir(), "skiff-a:b,c\\d-"};
        LayersForTest layers{box.path()};
        layers.layer().file("one", "1").layer().file("two", "2");

        const Rootfs rootfs = mount(layers);
        write_file(cat(rootfs.path(), "/three"), "3");

        EXPECT_THAT(names_in(rootfs.path()), ElementsAre("one", "three", "two"));
    });
}

TEST_P(EachDriver, LeavesTheWorkingDirectoryAlone)
{
    in_namespaces([] {
        const TempDir box{testing::TempDir(), GetParam() == Driver::FuseOverlayfs ? "skiff-" : "skiff-a:b-"};
        LayersForTest layers{box.path()};
        layers.layer().file("one", "1");
        ASSERT_EQ(::chdir("/usr"), 0);

        const Rootfs rootfs = mount(layers);

        EXPECT_EQ(path_of_fd(open_at(AT_FDCWD, ".", O_PATH).get()), "/usr");
    });
}

TEST_P(EachDriver, ShowsOneLayerReadOnly)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().file("file", "content");
        RootfsRequest request = layers.request(GetParam());
        request.read_only = true;

        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_EQ(content_of(cat(rootfs.path(), "/file")), "content");
        EXPECT_LT(::openat(rootfs.fd(), "new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), 0);
        EXPECT_EQ(errno, EROFS);
    });
}

TEST_P(EachDriver, CanBeMountedAgainAfterVolatileWrites)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().file("file", "content");
        RootfsRequest request = layers.request(GetParam());
        request.volatile_writes = true;
        {
            const Rootfs rootfs = mount_rootfs(request);
            write_file(cat(rootfs.path(), "/new"), "new");
        }

        const Rootfs again = mount_rootfs(request);

        EXPECT_EQ(content_of(cat(again.path(), "/new")), "new");
    });
}

TEST_P(EachDriver, KeepsHardLinksAndAttributes)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().file("one", std::string(10'000, 'x')).hard_link("two", "one");
        const std::string one = cat(layers.request(GetParam()).layers[0], "/one");
        if (::setxattr(one.c_str(), "user.flavour", "sweet", 5, 0) != 0)
            GTEST_SKIP() << "the file system has no user xattrs";

        const Rootfs rootfs = mount(layers);

        EXPECT_EQ(status_of(cat(rootfs.path(), "/one")).st_ino, status_of(cat(rootfs.path(), "/two")).st_ino);
        std::array<char, 16> value{};
        EXPECT_EQ(::getxattr(cat(rootfs.path(), "/two").c_str(), "user.flavour", value.data(), value.size()), 5);
    });
}

TEST_P(EachDriver, GivesFilesTheOwnersOfTheContainersOwnNamespace)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("home").file("home/roots", "r", 0600).file("home/mine", std::string(20'000, 'm'), 04755, 1000, 1000);
        layers.file("home/other", "o", 0644, 33, 34).link("home/link", "mine");
        layers.layer().dir("home").file("home/above", std::string(9'000, 'a'), 0644, 5, 5).whiteout("home/other");
        RootfsRequest request = layers.request(GetParam());
        // keep-id: the caller (0 in the shared namespace) is 1000 in the container's.
        request.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}, {1001, 1001, 60000}};
        request.id_map.gids = request.id_map.uids;

        {
            const Rootfs rootfs = mount_rootfs(request);

            EXPECT_EQ(status_of(cat(rootfs.path(), "/home/roots")).st_uid, 1U);
            EXPECT_EQ(status_of(cat(rootfs.path(), "/home/mine")).st_uid, 0U);
            EXPECT_EQ(status_of(cat(rootfs.path(), "/home/mine")).st_mode & 07777U, 04755U);
            EXPECT_EQ(status_of(cat(rootfs.path(), "/home/mine")).st_size, 20'000);
            EXPECT_EQ(status_of(cat(rootfs.path(), "/home/above")).st_gid, 6U);
            EXPECT_EQ(status_of(rootfs.path()).st_uid, 1U);
            EXPECT_EQ(content_of(cat(rootfs.path(), "/home/link")), std::string(20'000, 'm'));
            EXPECT_EQ(content_of(cat(rootfs.path(), "/home/above")), std::string(9'000, 'a'));
            EXPECT_THAT(names_in(cat(rootfs.path(), "/home")), ElementsAre("above", "link", "mine", "roots"));
            write_file(cat(rootfs.path(), "/home/mine"), "short");
            EXPECT_EQ(content_of(cat(rootfs.path(), "/home/mine")), "short");
        }
        const Rootfs again = mount_rootfs(request);
        EXPECT_EQ(content_of(cat(again.path(), "/home/mine")), "short");
        EXPECT_EQ(content_of(cat(again.path(), "/home/above")), std::string(9'000, 'a'));
    });
}

TEST_P(EachDriver, WorksWithASingleId)
{
    in_namespaces(
        [] {
            LayersForTest layers;
            layers.layer().dir("etc").file("etc/conf", "image").layer().dir("etc").whiteout("etc/conf").file("etc/new", "new");
            RootfsRequest request = layers.request(GetParam());
            request.id_map = {{{1000, 0, 1}}, {{1000, 0, 1}}};

            const Rootfs rootfs = mount_rootfs(request);
            write_file(cat(rootfs.path(), "/etc/mine"), "mine");

            EXPECT_THAT(names_in(cat(rootfs.path(), "/etc")), ElementsAre("mine", "new"));
        },
        test::Ids::Single);
}

INSTANTIATE_TEST_SUITE_P(, EachDriver, testing::Values(Driver::Overlay, Driver::FuseOverlayfs, Driver::Copy), [](const auto& driver) {
    std::string name = to_string(driver.param);
    name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
    return name;
});

TEST(CopyDriver, NeedsNoExtendedAttributes)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        const TempDir box{testing::TempDir(), "skiff-ramfs-"};
        if (::mount("ramfs", box.path().c_str(), "ramfs", 0, nullptr) != 0)
            GTEST_SKIP() << "no ramfs here: " << errno_text(errno);
        {
            LayersForTest layers{box.path()};
            layers.layer().dir("a").file("a/1", "1").file("a/2", "2").dir("b").file("b/1", "1");
            layers.layer().dir("a").whiteout_by_name("a", "1").dir("b").file("b/.wh..wh..opq", "").file("b/2", "");

            const Rootfs rootfs = mount_rootfs(layers.request(Driver::Copy));

            EXPECT_THAT(names_in(cat(rootfs.path(), "/a")), ElementsAre("2"));
            EXPECT_THAT(names_in(cat(rootfs.path(), "/b")), ElementsAre("2"));
        }
        ::umount2(box.path().c_str(), MNT_DETACH);
    });
}

TEST(FuseOverlayfs, EndsWithItsMount)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        if (!find_driver_problem(Driver::FuseOverlayfs, testing::TempDir()).empty())
            GTEST_SKIP() << find_driver_problem(Driver::FuseOverlayfs, testing::TempDir());
        LayersForTest layers;
        layers.layer().file("file", "content");
        Rootfs rootfs = mount_rootfs(layers.request(Driver::FuseOverlayfs));
        ASSERT_NE(rootfs.server(), nullptr);
        const pid_t server = rootfs.server()->pid();

        rootfs.unmount();

        EXPECT_LT(::kill(server, 0), 0);
    });
}

TEST(FuseOverlayfs, SaysWhyItEnded)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        if (!find_driver_problem(Driver::FuseOverlayfs, testing::TempDir()).empty())
            GTEST_SKIP() << find_driver_problem(Driver::FuseOverlayfs, testing::TempDir());
        LayersForTest layers;
        layers.layer().file("file", "content");
        RootfsRequest request = layers.request(Driver::FuseOverlayfs);
        request.layers.insert(request.layers.begin(), "/nowhere");
        try {
            const Rootfs rootfs = mount_rootfs(request);
            FAIL() << "mounted";
        } catch (const Error& error) {
            EXPECT_THAT(error.message(), testing::HasSubstr("mounting with fuse-overlayfs: "));
            EXPECT_THAT(error.message(), testing::HasSubstr("cannot read lower dirs"));
        }
        EXPECT_TRUE(names_in(cat(layers.container_dir(), "/merged")).empty());
    });
}

TEST(FuseOverlayfs, RefusesPathsWithSeparators)
{
    RootfsRequest request;
    request.container_dir = "/home/ada/a,b";
    request.layers = {"/layers/a"};
    EXPECT_THROW(make_fuse_options(request), Error);
    request.container_dir = "/home/ada";
    EXPECT_EQ(make_fuse_options(request), "lowerdir=/layers/a,upperdir=/home/ada/upper,workdir=/home/ada/work");
}

TEST(HostDirectory, CanBeTheTree)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        LayersForTest layers;
        const Rootfs rootfs = bind_rootfs("/usr", layers.container_dir());
        EXPECT_EQ(names_in(rootfs.path()), names_in("/usr"));
    });
}

} // namespace
} // namespace skiff::rootfs
