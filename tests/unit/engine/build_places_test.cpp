#include "base/error.hpp"
#include "engine/build_cache_place.hpp"
#include "engine/build_export.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::engine;
using testing::HasSubstr;

namespace {

std::string refusal(const std::function<void()>& work)
{
    try {
        work();
        return "fine";
    } catch (const Error& error) {
        return cat(error.message(), " ", error.hint());
    }
}

TEST(BuildExport, IsADirectoryOrATar)
{
    using Kind = BuildExport::Kind;
    EXPECT_EQ(parse_build_export("-").kind, Kind::Tar);
    EXPECT_EQ(parse_build_export("-").destination, "-");
    EXPECT_EQ(parse_build_export("out").kind, Kind::Directory);
    EXPECT_EQ(parse_build_export("type=local,dest=./x").destination, "./x");
    EXPECT_EQ(parse_build_export("dest=a.tar,type=tar").kind, Kind::Tar);
}

TEST(BuildExport, SaysWhatIsWrong)
{
    const auto wrong = [](const std::string& text) { return refusal([&] { (void)parse_build_export(text); }); };
    EXPECT_THAT(wrong(""), HasSubstr("dest="));
    EXPECT_THAT(wrong("type=local"), HasSubstr("missing required key \"dest\""));
    EXPECT_THAT(wrong("type=local,dest=x,"), HasSubstr("unrecognized key ''"));
    EXPECT_THAT(wrong("dest=x"), HasSubstr("missing required key \"type\""));
    EXPECT_THAT(wrong("type=local,dest=-"), HasSubstr("only a tar"));
    EXPECT_THAT(wrong("type=oci,dest=x"), HasSubstr("skiff save"));
    EXPECT_THAT(wrong("type=registry,dest=x"), HasSubstr("--push"));
    EXPECT_THAT(wrong("type=tar,dest=x,color=red"), HasSubstr("unrecognized key 'color'"));
}

TEST(CachePlace, IsARepositoryOrADirectory)
{
    EXPECT_EQ(parse_cache_source("localhost:5000/cache").transport, "docker");
    EXPECT_EQ(parse_cache_source("localhost:5000/cache").place, "localhost:5000/cache");
    EXPECT_EQ(parse_cache_source("type=registry,ref=host.example/a/b").place, "host.example/a/b");
    EXPECT_EQ(parse_cache_source("/srv/cache").transport, "oci");
    EXPECT_EQ(parse_cache_source("type=local,src=/srv/../cache").place, "/cache");
    EXPECT_TRUE(parse_cache_destination("type=local,dest=/c,mode=min").only_target);
    EXPECT_FALSE(parse_cache_destination("type=local,dest=/c,mode=max").only_target);
    EXPECT_EQ(parse_cache_source("/srv/cache").image_of("abc").rest, "/srv/cache:abc");
}

TEST(CachePlace, SaysWhatIsWrong)
{
    const auto wrong = [](const std::string& text) { return refusal([&] { (void)parse_cache_source(text); }); };
    EXPECT_THAT(wrong("localhost:5000/cache:tag"), HasSubstr("repository must contain neither a tag nor digest"));
    EXPECT_THAT(wrong("type=gha"), HasSubstr("type 'gha' is not supported"));
    EXPECT_THAT(wrong("type=local,dest=/x"), HasSubstr("src= is missing"));
    EXPECT_THAT(wrong("type=registry,ref=host/x,mode=most"), HasSubstr("min or max"));
    EXPECT_THAT(wrong("type=local,src=/x,y=z"), HasSubstr("'y' is not known"));
}

} // namespace
