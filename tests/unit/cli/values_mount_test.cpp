#include "cli/values_mount.hpp"

#include "base/file.hpp"
#include "cli/values.hpp"
#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

MountRequest mount_of(std::string_view text)
{
    std::vector<MountRequest> mounts;
    add_mount(mounts, text);
    return mounts.at(0);
}

TEST(Volume, IsAPathOrAName)
{
    const MountRequest path = read_volume("/src/../data:/dst/:ro,Z,nosuid,rslave");
    EXPECT_EQ(path.config.type, MountType::Bind);
    EXPECT_EQ(path.config.source, "/data");
    EXPECT_EQ(path.config.target, "/dst");
    EXPECT_TRUE(path.config.read_only);
    EXPECT_EQ(path.relabel, "private");
    EXPECT_EQ(path.config.propagation, "rslave");
    EXPECT_THAT(path.config.options, ElementsAre("nosuid"));

    const MountRequest named = read_volume("data:/dst:nocopy,U");
    EXPECT_EQ(named.config.type, MountType::Volume);
    EXPECT_EQ(named.config.source, "data");
    EXPECT_FALSE(named.config.copy_up);
    EXPECT_TRUE(named.config.change_owner);
    EXPECT_FALSE(named.config.anonymous);

    const MountRequest anonymous = read_volume("/dst");
    EXPECT_EQ(anonymous.config.type, MountType::Volume);
    EXPECT_TRUE(anonymous.config.anonymous);

    EXPECT_EQ(read_volume("./x:/dst").config.source, absolute_path("x"));
}

TEST(Volume, MayBeAnOverlay)
{
    const MountRequest overlay = read_volume("/src:/dst:O");
    EXPECT_EQ(overlay.config.type, MountType::Overlay);
    EXPECT_EQ(error_of([] { read_volume("/src:/dst:O,upperdir=/u"); }),
              "upperdir is not supported: changes go to a directory of the container's own");
    EXPECT_EQ(error_of([] { read_volume("/src:/dst:O,ro"); }), "can't use 'O' with other options");
}

TEST(Volume, SaysWhatIsWrong)
{
    EXPECT_EQ(error_of([] { read_volume("a:b:c:d"); }),
              "a:b:c:d: incorrect volume format, should be [host-dir:]ctr-dir[:option]");
    EXPECT_EQ(error_of([] { read_volume("/a:b"); }), "invalid container path \"b\", must be an absolute path");
    EXPECT_EQ(error_of([] { read_volume(":/b"); }), "host directory cannot be empty");
    EXPECT_EQ(error_of([] { read_volume("/a:/b:foo"); }), "invalid option type \"foo\"");
    EXPECT_EQ(error_of([] { read_volume("/a:/b:ro,rw"); }),
              "invalid options \"ro, rw\", can only specify 1 'rw' or 'ro' option");
}

TEST(Tmpfs, KeepsTheKernelsOptions)
{
    const MountRequest tmpfs = read_tmpfs("/run:size=64m,mode=1777,ro,notmpcopyup");

    EXPECT_EQ(tmpfs.config.type, MountType::Tmpfs);
    EXPECT_TRUE(tmpfs.config.read_only);
    EXPECT_FALSE(tmpfs.config.copy_up);
    EXPECT_THAT(tmpfs.config.options, ElementsAre("size=64m", "mode=1777"));
}

TEST(Mount, ReadsEachType)
{
    const MountRequest bind =
        mount_of("type=bind,source=/a,target=/b,readonly,bind-propagation=rshared,bind-nonrecursive");
    EXPECT_EQ(bind.config.source, "/a");
    EXPECT_TRUE(bind.config.read_only);
    EXPECT_EQ(bind.config.propagation, "rshared");
    EXPECT_FALSE(bind.config.recursive);

    const MountRequest volume = mount_of("target=/b,src=data,subpath=/x,rw=false");
    EXPECT_EQ(volume.config.type, MountType::Volume);
    EXPECT_EQ(volume.config.subpath, "/x");
    EXPECT_TRUE(volume.config.read_only);

    const MountRequest made = mount_of("type=volume,src=data,dst=/b,volume-label=a=b,volume-opt=type=tmpfs,volume-opt=o=size=2m");
    EXPECT_EQ(made.volume_labels.at("a"), "b");
    EXPECT_EQ(made.volume_options.at("type"), "tmpfs");
    EXPECT_EQ(made.volume_options.at("o"), "size=2m");

    const MountRequest tmpfs = mount_of("type=tmpfs,dst=/b,tmpfs-size=64m,tmpfs-mode=0700,notmpcopyup");
    EXPECT_THAT(tmpfs.config.options, ElementsAre("size=64m", "mode=0700"));
    EXPECT_FALSE(tmpfs.config.copy_up);

    const MountRequest image = mount_of("type=image,src=debian,dst=/b");
    EXPECT_EQ(image.config.source, "debian");
    EXPECT_TRUE(image.config.read_only);
    EXPECT_FALSE(mount_of("type=image,src=debian,dst=/b,rw=true").config.read_only);

    EXPECT_THAT(mount_of("type=devpts,dst=/dev/pts,max=5").config.options, ElementsAre("max=5"));
}

TEST(Mount, ExpandsGlobs)
{
    const TempDir dir{"/tmp", "cli-test-"};
    save_atomically(open_at(AT_FDCWD, dir.path(), O_DIRECTORY | O_RDONLY).get(), "a.txt", "", Durability::None);

    const MountRequest mount = mount_of(cat("type=glob,src=", dir.path(), "/*.txt,dst=/data"));

    EXPECT_EQ(mount.config.type, MountType::Bind);
    EXPECT_EQ(mount.config.source, cat(dir.path(), "/a.txt"));
    EXPECT_EQ(mount.config.target, "/data/a.txt");
}

TEST(Mount, SaysWhatIsWrong)
{
    EXPECT_EQ(error_of([] { mount_of("type=foo,dst=/x"); }), "invalid filesystem type \"foo\"");
    EXPECT_EQ(error_of([] { mount_of("type=bind,src=/x"); }), "must set volume destination");
    EXPECT_EQ(error_of([] { mount_of("type=bind,src=/x,dst=/y,foo"); }), "foo: invalid mount option");
    EXPECT_EQ(error_of([] { mount_of("type=bind,src=/x,dst=y"); }),
              "invalid container path \"y\", must be an absolute path");
    EXPECT_EQ(error_of([] { mount_of("type=bind,src,dst=/y"); }), "src: must provide an argument for option");
    EXPECT_EQ(error_of([] { mount_of("type=tmpfs,src=/x,dst=/y"); }),
              "\"src\" option not supported for \"tmpfs\" mount types");
    EXPECT_EQ(error_of([] { mount_of("type=bind,src=/x,dst=/y,ro,rw"); }),
              "cannot pass 'readonly', 'ro', or 'rw' mnt.Options more than once: must provide an argument for option");
    EXPECT_THAT(error_of([] { mount_of("foo"); }), StartsWith("invalid mount format"));
}

} // namespace
} // namespace skiff::cli
