#include "oci/platform.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::oci {
namespace {

Platform platform(std::string architecture, std::string variant = "")
{
    return {.os = "linux", .architecture = std::move(architecture), .variant = std::move(variant)};
}

TEST(Platform, UnderstandsOtherNames)
{
    EXPECT_EQ(Platform::parse("linux/x86_64").text(), "linux/amd64");
    EXPECT_EQ(Platform::parse("linux/aarch64").text(), "linux/arm64");
    EXPECT_EQ(Platform::parse("linux/arm64/v8").text(), "linux/arm64");
    EXPECT_EQ(Platform::parse("Linux/arm").text(), "linux/arm/v7");
    EXPECT_EQ(Platform::parse("armhf").text(), "linux/arm/v7");
    EXPECT_EQ(Platform::parse("linux/armel").text(), "linux/arm/v6");
    EXPECT_EQ(Platform::parse("linux").text(), Platform::host().text());
}

TEST(Platform, RefusesOtherForms)
{
    for (const char* text : {"", "/", "linux/", "linux//v8", "linux/arm/v7/x", "linux/a b"})
        EXPECT_THROW(Platform::parse(text), Error) << text;
}

TEST(Platform, PrefersTheNearestVariant)
{
    const Platform offered[] = {platform("arm", "v5"), platform("arm", "v7"), platform("amd64"),
                                platform("arm64", "v8"), platform("unknown")};

    EXPECT_EQ(find_best(offered, platform("arm", "v8")), 1U);
    EXPECT_EQ(find_best(offered, platform("arm", "v6")), 0U);
    EXPECT_EQ(find_best(offered, platform("arm64")), 3U);
    EXPECT_EQ(find_best(offered, platform("amd64", "v3")), 2U);
    EXPECT_EQ(find_best(offered, platform("s390x")), std::nullopt);
}

TEST(Platform, DoesNotRunWhatIsNewer)
{
    const Platform offered[] = {platform("amd64", "v3"), platform("arm", "v7")};

    EXPECT_EQ(find_best(offered, platform("amd64")), std::nullopt);
    EXPECT_EQ(find_best(offered, platform("arm", "v6")), std::nullopt);
}

} // namespace
} // namespace skiff::oci
