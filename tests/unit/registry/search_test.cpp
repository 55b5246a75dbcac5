#include "registry/search.hpp"

#include "base/error.hpp"
#include "registry/paging.hpp"
#include "scripted_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using test::HttpQuestion;
using test::HttpReply;
using test::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(NextLink, IsFoundInItsHeader)
{
    EXPECT_EQ(find_next_link("</v2/_catalog?last=a&n=2>; rel=\"next\""), "/v2/_catalog?last=a&n=2");
    EXPECT_EQ(find_next_link("<https://r/1>; rel=\"prev\", <https://r/3>; rel=next"), "https://r/3");
    EXPECT_EQ(find_next_link("</v2/x>"), "/v2/x");
    EXPECT_EQ(find_next_link(""), std::nullopt);
    EXPECT_EQ(find_next_link("rubbish <"), std::nullopt);
    EXPECT_EQ(find_next_link("<>; rel=\"next\""), std::nullopt);
}

/// A registry that answers what `answers` says for a path with its query.
class Search : public testing::Test
{
  protected:
    std::vector<std::string> names(const std::string& term, std::size_t limit = 25)
    {
        std::vector<std::string> found;
        for (const FoundRepository& repository : search_registry(server.host(), term, limit, no_places(), {}, test_options()))
            found.push_back(repository.name);
        return found;
    }
    std::vector<std::string> tags(std::size_t limit = 25)
    {
        return list_tags(oci::Reference::parse(server.host() + "/team/app"), limit, no_places(), {}, test_options());
    }
    static HttpReply page(const std::string& body, const std::string& next = "")
    {
        HttpReply reply;
        reply.body = body;
        if (!next.empty())
            reply.headers.emplace_back("Link", "<" + next + ">; rel=\"next\"");
        return reply;
    }

    std::map<std::string, HttpReply> answers;
    ScriptedServer server{[this](const HttpQuestion& question) {
        const auto found = answers.find(question.path + (question.query.empty() ? "" : "?" + question.query));
        return found == answers.end() ? test::make_error_reply(404, "NOT_FOUND", "not found") : found->second;
    }};
};

TEST_F(Search, ReadsTheCatalogPageByPage)
{
    answers["/v2/_catalog"] = page(R"({"repositories":["a/app","b"]})", "/v2/_catalog?last=b");
    answers["/v2/_catalog?last=b"] = page(R"({"repositories":["app","z/application"]})");

    EXPECT_THAT(names("app"), ElementsAre("app", "a/app", "z/application"));
    EXPECT_THAT(names("app", 1), ElementsAre("a/app"));
    EXPECT_EQ(names("").size(), 4U);
}

TEST_F(Search, PrefersASearchOfTheRegistrysOwn)
{
    answers["/v1/search?q=a%20b&n=25"] =
        page(R"({"results":[{"name":"x","description":"d","star_count":7,"is_official":true}]})");

    const auto found = search_registry(server.host(), "a b", 25, no_places(), {}, test_options());

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].stars, 7);
    EXPECT_TRUE(found[0].official);
}

TEST_F(Search, IsNotLedInCirclesOrElsewhere)
{
    answers["/v2/_catalog"] = page(R"({"repositories":["a"]})", "/v2/_catalog");
    EXPECT_THAT(names("a"), ElementsAre("a"));
    answers["/v2/_catalog"] = page(R"({"repositories":["a"]})", "http://127.0.0.1:1/v2/_catalog");
    EXPECT_THAT(error_of([&] { names("a"); }), HasSubstr("at another server"));
    answers["/v2/_catalog"] = page(R"({"repositories":[1]})");
    EXPECT_THAT(error_of([&] { names("a"); }), HasSubstr("couldn't search registry"));
}

TEST_F(Search, ListsTagsPageByPage)
{
    answers["/v2/team/app/tags/list"] = page(R"({"name":"team/app","tags":["1","2"]})");
    answers["/v2/team/app/tags/list?last=2"] = page(R"({"tags":["3","b a d","v4"]})");
    answers["/v2/team/app/tags/list"].headers = {{"Link", "</v2/team/app/tags/list?last=2>; rel=\"next\""}};

    EXPECT_THAT(tags(), ElementsAre("1", "2", "3", "v4"));
    EXPECT_THAT(tags(2), ElementsAre("1", "2"));
    answers["/v2/team/app/tags/list"] = page(R"({"name":"team/app","tags":null})");
    EXPECT_THAT(tags(), ElementsAre());
    answers.clear();
    EXPECT_THAT(error_of([&] { tags(); }), HasSubstr("fetching tags list: not found"));
}

} // namespace
} // namespace skiff::registry
