#include "rootfs/layer_stack.hpp"

#include "layers_for_test.hpp"
#include "namespace_child.hpp"

#include <gmock/gmock.h>

namespace skiff::rootfs {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const StackDirectory& directory)
{
    std::vector<std::string> names;
    for (const StackEntry& entry : list(directory))
        names.push_back(entry.name);
    return names;
}

StackDirectory go(const StackDirectory& directory, const std::string& name) { return enter(directory, find_entry(directory, name).value()); }

TEST(LayerStack, MergesDirectoriesAndPrefersTheTop)
{
    LayersForTest layers;
    layers.layer().dir("etc").file("etc/a", "1", 0644, ::geteuid(), ::getegid()).file("etc/b", "1", 0644, ::geteuid(), ::getegid());
    layers.layer().dir("etc").file("etc/b", "22", 0644, ::geteuid(), ::getegid()).dir("opt");

    const StackDirectory root = open_stack(layers.request(Driver::Copy).layers);

    EXPECT_THAT(names(root), ElementsAre("etc", "opt"));
    EXPECT_THAT(names(go(root, "etc")), ElementsAre("a", "b"));
    EXPECT_EQ(find_entry(go(root, "etc"), "b")->status.st_size, 2);
    EXPECT_FALSE(find_entry(root, "nothing"));
}

TEST(LayerStack, KnowsBothFormsOfWhiteouts)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        for (const bool by_name : {false, true}) {
            SCOPED_TRACE(by_name ? ".wh. files" : "devices and attributes");
            LayersForTest layers;
            layers.layer().dir("a").file("a/1", "").file("a/2", "").dir("b").file("b/1", "").dir("c").file("c/1", "");
            layers.layer().dir("a").dir("b").file("b/2", "");
            if (by_name)
                layers.whiteout_by_name("a", "1").file("b/.wh..wh..opq", "").whiteout_by_name(".", "c");
            else
                layers.whiteout("a/1").opaque("b").whiteout("c");
            layers.layer().dir("c").file("c/new", "");

            const StackDirectory root = open_stack(layers.request(Driver::Copy).layers);

            EXPECT_THAT(names(root), ElementsAre("a", "b", "c"));
            EXPECT_THAT(names(go(root, "a")), ElementsAre("2"));
            EXPECT_THAT(names(go(root, "b")), ElementsAre("2"));
            EXPECT_THAT(names(go(root, "c")), ElementsAre("new")) << "deleted in the middle, made anew above";
            EXPECT_FALSE(find_entry(go(root, "a"), "1"));
        }
    });
}

TEST(LayerStack, DoesNotMergeThroughAFile)
{
    LayersForTest layers;
    layers.layer().dir("x").file("x/old", "", 0644, ::geteuid(), ::getegid());
    layers.layer().file("x", "", 0644, ::geteuid(), ::getegid());
    layers.layer().dir("x").file("x/new", "", 0644, ::geteuid(), ::getegid());

    EXPECT_THAT(names(go(open_stack(layers.request(Driver::Copy).layers), "x")), ElementsAre("new"));
}

} // namespace
} // namespace skiff::rootfs
