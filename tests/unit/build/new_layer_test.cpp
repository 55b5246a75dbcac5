#include "build/new_layer.hpp"

#include "../rootfs/layers_for_test.hpp"
#include "archive/stream.hpp"
#include "archive/tar_split.hpp"
#include "archive/tar_writer.hpp"
#include "base/hash.hpp"
#include "namespace_child.hpp"
#include "rootfs/driver_choice.hpp"
#include "rootfs/pack_changes.hpp"

#include <cstdio>
#include <gmock/gmock.h>

namespace skiff::build {
namespace {

using rootfs::write_file;

std::string tar_of(const rootfs::RootfsRequest& tree, const std::vector<rootfs::Change>& changes)
{
    archive::StringSink tar;
    archive::TarWriter writer{tar};
    rootfs::pack_changes(tree, changes, writer);
    writer.finish();
    return tar.text();
}

TEST(NewLayer, IsTheDirectoryOfTheChangesItself)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        rootfs::work_in_memory();
        const std::string problem = rootfs::find_driver_problem(rootfs::Driver::Overlay, testing::TempDir());
        if (!problem.empty()) {
            std::fprintf(stderr, "no overlay here: %s\n", problem.c_str());
            ::_exit(test::machine_lacks_it);
        }
        rootfs::LayersForTest image;
        image.layer().dir("etc").file("etc/goes", "g").file("etc/stays", "s").dir("run");
        const rootfs::RootfsRequest tree = image.request(rootfs::Driver::Overlay);
        {
            rootfs::Rootfs mounted = rootfs::mount_rootfs(tree);
            write_file(mounted.path() + "/etc/new", "content");
            EXPECT_EQ(::link((mounted.path() + "/etc/new").c_str(), (mounted.path() + "/etc/other").c_str()), 0);
            EXPECT_EQ(::unlink((mounted.path() + "/etc/goes").c_str()), 0);
            write_file(mounted.path() + "/run/placeholder", "");
            mounted.unmount();
        }
        std::vector<rootfs::Change> changes = rootfs::list_changes(tree);
        std::erase_if(changes, [](const rootfs::Change& change) { return change.path.starts_with("/run"); });
        const std::string tar = tar_of(tree, changes);
        const store::Store store = store::Store::open({image.path() + "/data", image.path() + "/run"});

        const NewLayer made = take_layer_of_changes(store, "", false, tree, changes);

        EXPECT_EQ(made.diff_id.hex, sha256_hex(tar));
        EXPECT_EQ(made.descriptor.size, tar.size());
        EXPECT_EQ(made.claim.layer().tar_size, tar.size());
        EXPECT_FALSE(exists_at(AT_FDCWD, image.container_dir() + "/upper")) << "it was moved, not copied";
        const std::string diff = store.layers().diff_path(made.claim.layer().id);
        EXPECT_THAT(rootfs::names_in(diff), testing::ElementsAre("etc"));
        EXPECT_EQ(rootfs::content_of(diff + "/etc/other"), "content");
        archive::StringSink rebuilt;
        archive::rebuild_tar(open_at(AT_FDCWD, store.layers().directory(made.claim.layer().id) + "/tar-split.zst", O_RDONLY).get(),
                             open_at(AT_FDCWD, diff, O_RDONLY | O_DIRECTORY).get(), rebuilt);
        EXPECT_EQ(rebuilt.text(), tar);
    });
}

} // namespace
} // namespace skiff::build
