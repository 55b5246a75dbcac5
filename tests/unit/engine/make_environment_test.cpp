#include "engine/make_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using testing::Contains;
using testing::Not;

std::vector<std::string> environment_of(const CreateRequest& request, const std::vector<std::string>& image = {},
                                        const Settings& settings = {})
{
    CallerFacts caller;
    caller.environment = {"HOME=/home/me", "http_proxy=http://proxy", "SECRET=mine"};
    return make_environment(request, image, settings, caller);
}

TEST(Environment, LaterSourcesWin)
{
    Settings settings;
    settings.env = {"A=settings", "B=settings"};
    CreateRequest request;
    request.environment.set = {{"A", "option"}, {"C", ""}};

    const auto all = environment_of(request, {"B=image", "PATH=/image"}, settings);

    EXPECT_THAT(all, Contains("A=option"));
    EXPECT_THAT(all, Contains("B=image"));
    EXPECT_THAT(all, Contains("C="));
    EXPECT_THAT(all, Contains("PATH=/image"));
    EXPECT_THAT(all, Contains("container=skiff"));
}

TEST(Environment, OnlyProxiesOfTheCallerGoIn)
{
    CreateRequest request;

    EXPECT_THAT(environment_of(request), Contains("http_proxy=http://proxy"));
    EXPECT_THAT(environment_of(request), Not(Contains("SECRET=mine")));
    request.environment.http_proxy = false;
    EXPECT_THAT(environment_of(request), Not(Contains("http_proxy=http://proxy")));
    request.environment.from_host = true;
    EXPECT_THAT(environment_of(request), Contains("SECRET=mine"));
}

TEST(Environment, AnEntryOfTheImageWithoutAValueIsDroppedNotFilledIn)
{
    for (const std::string& entry : environment_of({}, {"SECRET", "*", "=x"}))
        EXPECT_FALSE(entry.starts_with("SECRET") || entry.starts_with("*") || entry.starts_with("=")) << entry;
}

TEST(Environment, UnsetAndMerge)
{
    CreateRequest request;
    request.environment.unset = {"B"};
    request.environment.merge = {{"PATH", "/extra:${PATH}"}, {"X", "$"}};

    const auto all = environment_of(request, {"B=image", "PATH=/image"});

    EXPECT_THAT(all, Contains("PATH=/extra:/image"));
    EXPECT_THAT(all, Contains("X=$"));
    EXPECT_THAT(all, Not(Contains("B=image")));
    request.environment = {};
    request.environment.unset_all = true;
    request.environment.set = {{"ONLY", "this"}};
    EXPECT_EQ(environment_of(request, {"B=image"}), std::vector<std::string>{"ONLY=this"});
}

} // namespace
} // namespace skiff::engine
