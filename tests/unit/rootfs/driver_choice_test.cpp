#include "rootfs/driver_choice.hpp"

#include "layers_for_test.hpp"
#include "namespace_child.hpp"

#include <gmock/gmock.h>

namespace skiff::rootfs {
namespace {

using testing::HasSubstr;

TEST(DriverChoice, IsRememberedForThisMachineAndFileSystem)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        const TempDir data{testing::TempDir(), "skiff-data-"};

        const DriverChoice first = choose_driver(data.path());

        EXPECT_NE(first.why, "");
        EXPECT_THAT(names_in(data.path()), testing::ElementsAre("driver.probed"));
        std::string cached = content_of(cat(data.path(), "/driver.probed"));
        cached.replace(cached.find('\n') + 1, std::string::npos, "copy\nfrom the cache");
        write_file(cat(data.path(), "/driver.probed"), cached);
        EXPECT_EQ(choose_driver(data.path()).why, "from the cache");
        write_file(cat(data.path(), "/driver.probed"), cat("another boot ", cached));
        EXPECT_EQ(choose_driver(data.path()).why, first.why);
    });
}

TEST(DriverChoice, FallsBackToCopiesWithoutExtendedAttributes)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        const TempDir box{testing::TempDir(), "skiff-ramfs-"};
        if (::mount("ramfs", box.path().c_str(), "ramfs", 0, nullptr) != 0)
            GTEST_SKIP() << "no ramfs here: " << errno_text(errno);

        EXPECT_NE(find_driver_problem(Driver::Overlay, box.path()), "");
        EXPECT_EQ(find_driver_problem(Driver::Copy, box.path()), "");
        EXPECT_THAT(choose_driver(box.path()).why, HasSubstr("overlay: "));

        ::umount2(box.path().c_str(), MNT_DETACH);
    });
}

TEST(DriverChoice, NamesWhatIsMissing)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        EXPECT_THAT(find_driver_problem(Driver::Copy, "/proc"), HasSubstr("making a temporary directory in '/proc'"));
    });
}

TEST(Drivers, HaveNames)
{
    for (const Driver driver : {Driver::Overlay, Driver::FuseOverlayfs, Driver::Copy})
        EXPECT_EQ(find_driver(to_string(driver)), driver);
    EXPECT_EQ(find_driver("vfs"), std::nullopt);
}

} // namespace
} // namespace skiff::rootfs
