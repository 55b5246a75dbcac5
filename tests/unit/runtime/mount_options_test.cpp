#include "runtime/mount_options.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace skiff::runtime {
namespace {

TEST(MountOptions, AreToldApart)
{
    const MountOptions options = parse_mount_options(
        {"rbind", "ro", "nosuid", "nodev", "rslave", "size=64m", "mode=1777", "tmpcopyup", "newinstance", "z"});

    EXPECT_TRUE(options.bind && options.recursive && options.copy_up);
    EXPECT_EQ(options.attributes, std::uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV});
    EXPECT_EQ(options.propagation, std::uint64_t{MS_SLAVE | MS_REC});
    EXPECT_EQ(options.data, (std::vector<std::pair<std::string, std::string>>{
                                {"size", "64m"}, {"mode", "1777"}, {"newinstance", ""}}));
}

TEST(MountOptions, LaterWordsWin)
{
    EXPECT_EQ(parse_mount_options({"ro", "rw"}).attributes, 0U);
    EXPECT_EQ(parse_mount_options({"nosuid", "suid", "noexec"}).attributes, std::uint64_t{MOUNT_ATTR_NOEXEC});
    EXPECT_EQ(parse_mount_options({"noatime", "strictatime"}).attributes, std::uint64_t{MOUNT_ATTR_STRICTATIME});
}

TEST(Destination, IsCleanAndSaysWhereItIs)
{
    EXPECT_EQ(clean_destination("/a//b/./c/"), "a/b/c");
    EXPECT_EQ(clean_destination("/"), "");
    EXPECT_THROW(clean_destination("/a/../b"), Error);
}

} // namespace
} // namespace skiff::runtime
