#include "rootfs/overlay.hpp"

#include "base/cat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::rootfs {
namespace {

TEST(OverlayOptions, AreOneText)
{
    const OverlayPlan plan{
        .lowers = {"/l/2/diff", "/l/1/diff"}, .upper = "/c/upper", .work = "/c/work", .target = "/c/merged", .volatile_writes = true};

    EXPECT_EQ(make_overlay_options(plan),
              "userxattr,index=off,volatile,lowerdir=/l/2/diff:/l/1/diff,upperdir=/c/upper,workdir=/c/work");
}

TEST(OverlayOptions, NameDataOnlyLayersLast)
{
    EXPECT_EQ(make_overlay_options({.lowers = {"/twin"}, .data_only = {"/l/2", "/l/1"}, .target = "/c/merged"}),
              "userxattr,index=off,lowerdir=/twin::/l/2::/l/1");
}

TEST(OverlayOptions, AreNotMadeFromPathsThatTheKernelWouldSplit)
{
    EXPECT_EQ(make_overlay_options({.lowers = {"/l/a:b"}}), "");
    EXPECT_EQ(make_overlay_options({.lowers = {"/l/a,b"}}), "");
    EXPECT_EQ(make_overlay_options({.lowers = {"/l/a\\b"}}), "");
    EXPECT_EQ(make_overlay_options({.lowers = {"/l/a"}, .upper = "/c,d/upper"}), "");
}

TEST(OverlayOptions, AreNotMadeWhenTheyExceedAPage)
{
    EXPECT_NE(make_overlay_options({.lowers = std::vector<std::string>(10, std::string(300, 'x'))}), "");
    EXPECT_EQ(make_overlay_options({.lowers = std::vector<std::string>(20, std::string(300, 'x'))}), "");
}

} // namespace
} // namespace skiff::rootfs
