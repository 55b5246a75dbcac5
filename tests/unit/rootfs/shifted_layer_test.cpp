#include "rootfs/shifted_layer.hpp"

#include "layers_for_test.hpp"
#include "namespace_child.hpp"
#include "rootfs/driver_choice.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

namespace skiff::rootfs {
namespace {

using testing::ElementsAre;

IdMap keep_id()
{
    const std::vector<IdRange> ranges{{0, 1, 1000}, {1000, 0, 1}};
    return {ranges, ranges};
}

LayersForTest& two_layers(LayersForTest& layers)
{
    layers.layer("low").dir("a").file("a/kept", "kept", 0640, 5, 6).file("a/deleted", "").dir("b").file("b/hidden", "");
    layers.layer("high").dir("a").whiteout("a/deleted").dir("b").opaque("b").file("b/new", "new").hard_link("b/twin", "b/new");
    return layers;
}

void expect_merged(const std::string& root)
{
    EXPECT_THAT(names_in(cat(root, "/a")), ElementsAre("kept"));
    EXPECT_THAT(names_in(cat(root, "/b")), ElementsAre("new", "twin"));
    EXPECT_EQ(content_of(cat(root, "/a/kept")), "kept");
    EXPECT_EQ(content_of(cat(root, "/b/twin")), "new");
    EXPECT_EQ(status_of(cat(root, "/a/kept")).st_uid, 6U);
    EXPECT_EQ(status_of(cat(root, "/a/kept")).st_gid, 7U);
    EXPECT_EQ(status_of(cat(root, "/b/new")).st_ino, status_of(cat(root, "/b/twin")).st_ino);
}

TEST(ShiftedLayers, AreCopiesWhereTheKernelCannotRedirect)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        if (const std::string problem = find_driver_problem(Driver::Overlay, testing::TempDir()); !problem.empty())
            GTEST_SKIP() << problem;
        LayersForTest layers;
        RootfsRequest request = two_layers(layers).request(Driver::Overlay);
        request.id_map = keep_id();
        EXPECT_FALSE(find_copied_twins({request.layers, "", request.id_map}));
        const std::vector<std::string> made = make_copied_twins({request.layers, "", request.id_map});
        EXPECT_EQ(find_copied_twins({request.layers, "", request.id_map}), made);

        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_FALSE(find_redirecting_twin({request.layers, "", request.id_map})) << "the copies are there: no need";
        expect_merged(rootfs.path());
    });
}

TEST(ShiftedLayers, RedirectToTheirDataWhereTheKernelCan)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        LayersForTest layers;
        RootfsRequest request = two_layers(layers).request(Driver::Overlay);
        request.id_map = keep_id();
        if (!find_driver_problem(Driver::Overlay, testing::TempDir()).empty())
            GTEST_SKIP() << find_driver_problem(Driver::Overlay, testing::TempDir());
        const Rootfs rootfs = mount_rootfs(request);
        const auto twin = find_redirecting_twin({request.layers, "", request.id_map});
        if (!twin)
            GTEST_SKIP() << "the kernel has no data-only layers for users";

        expect_merged(rootfs.path());
        EXPECT_THAT(names_in(cat(*twin, "/b")), ElementsAre("new", "twin")) << "the twin is the merged tree";
        EXPECT_EQ(status_of(cat(*twin, "/a/kept")).st_blocks, 0) << "and holds no data";
    });
}

TEST(ShiftedLayers, AreMadeOnceAlthoughManyAsk)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        LayersForTest layers;
        const RootfsRequest request = two_layers(layers).request(Driver::Overlay);
        make_directories(cat(layers.path(), "/layers/high/.shifting-of-somebody-killed/a/b"));

        std::vector<pid_t> askers;
        for (int i = 0; i < 8; ++i) {
            askers.push_back(::fork());
            if (askers.back() == 0) {
                try {
                    make_copied_twins({request.layers, "", keep_id()});
                    ::_exit(0);
                } catch (const Error&) {
                    ::_exit(1);
                }
            }
        }
        for (const pid_t asker : askers) {
            int status = 1;
            ::waitpid(asker, &status, 0);
            EXPECT_EQ(status, 0);
        }

        EXPECT_THAT(names_in(cat(layers.path(), "/layers/high")),
                    ElementsAre("diff", "shift.lock", testing::StartsWith("shifted-")));
    });
}

} // namespace
} // namespace skiff::rootfs
