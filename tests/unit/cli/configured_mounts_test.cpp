#include "cli/configured_mounts.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

TEST(ConfiguredMounts, AreAddedWhereNothingElseIsAskedFor)
{
    engine::Settings settings;
    settings.mounts = {"type=bind,src=/a,dst=/one,ro", "type=tmpfs,dst=/two"};
    settings.volumes = {"data:/three"};
    CreateRequest request;
    request.mounts = {{}};
    request.mounts[0].config.target = "/one";
    request.mounts[0].config.source = "/mine";

    add_configured_mounts(settings, request);

    ASSERT_EQ(request.mounts.size(), 3U);
    EXPECT_EQ(request.mounts[0].config.source, "/mine");
    EXPECT_EQ(request.mounts[1].config.target, "/two");
    EXPECT_EQ(request.mounts[2].config.source, "data");
}

TEST(ConfiguredMounts, SayWhereAMistakeIs)
{
    engine::Settings settings;
    settings.mounts = {"type=bogus,dst=/x"};
    CreateRequest request;

    try {
        add_configured_mounts(settings, request);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "parsing containers.conf mounts: invalid filesystem type \"bogus\"");
    }
}

} // namespace
} // namespace skiff::cli
