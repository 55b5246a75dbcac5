// What a registry tells without a pull: searches, tags, images. Against a real one with TLS and passwords.

#include "tests/support/box.hpp"
#include "tests/support/registry_server.hpp"

#include <cstdlib>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Registries : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
            GTEST_SKIP() << "this machine has no " << missing;
        registry.emplace(make_directory("registry"), RegistryServer::Options{true, true});
        host = registry->host();
        certs = registry->certs();
        for (const char* name : {"team/app:1", "team/app:2", "team/other:1", "zebra:1"})
            registry->add_image(std::getenv("SKIFF_PROBE_IMAGE"), name);
    }
    void TearDown() override
    {
        registry.reset();
        Box::TearDown();
    }
    /// `verb` with credentials and certificates, then `words`.
    Result ask(const std::string& verb, std::vector<std::string> words)
    {
        std::vector<std::string> all{program(), verb, "--cert-dir", certs, "--creds",
                                     RegistryServer::user() + ":" + RegistryServer::password()};
        all.insert(all.end(), words.begin(), words.end());
        return run(all);
    }

    std::optional<RegistryServer> registry;
    std::string host, certs;
};

TEST_F(Registries, AreSearchedByName)
{
    EXPECT_THAT(ask("search", {host + "/app"}).out, MatchesRegex("NAME +DESCRIPTION\n" + host + "/team/app +\n"));
    EXPECT_THAT(ask("search", {"--format", "{{.Index}} {{.Name}}", host + "/"}).out,
                host + " " + host + "/team/app\n" + host + " " + host + "/team/other\n" + host + " " + host + "/zebra\n");
    EXPECT_THAT(ask("search", {"--limit", "1", "--format", "{{.Name}}", host + "/e"}).out, host + "/team/app\n");
    EXPECT_THAT(ask("search", {"--compatible", host + "/zebra"}).out, HasSubstr("STARS"));
    EXPECT_THAT(ask("search", {"--format", "json", host + "/zebra"}).out, HasSubstr("\"Name\": \"" + host + "/zebra\""));
    EXPECT_THAT(ask("search", {host + "/nothing-of-the-kind"}), AllOf(ExitsWith(0), ::testing::Field(&Result::out, IsEmpty())));
    EXPECT_THAT(ask("search", {"--filter", "is-official", "--format", "{{.Name}}", host + "/zebra"}).out, IsEmpty());
    EXPECT_THAT(ask("search", {"--filter", "colour=blue", host + "/zebra"}), FailsWith(125, "invalid filter type"));
}

TEST_F(Registries, TellNothingToStrangers)
{
    EXPECT_THAT(skiff("search", "--cert-dir", certs, host + "/zebra"),
                FailsWith(125, "couldn't search registry \"" + host + "\": unauthorized: authentication required"));
    EXPECT_THAT(skiff("search", "--creds", "harbour:pass word:1", host + "/zebra"), FailsWith(125, "x509"));
    EXPECT_THAT(skiff("search", "--cert-dir", certs, "--creds", "harbour:wrong", host + "/zebra"), ExitsWith(125));
}

TEST_F(Registries, ListTheTagsOfARepository)
{
    EXPECT_THAT(ask("search", {"--list-tags", host + "/team/app"}).out,
                MatchesRegex("NAME +TAG\n(" + host + "/team/app +[12]\n){2}"));
    EXPECT_THAT(ask("search", {"--list-tags", "--limit", "1", "--format", "{{.Tag}}", host + "/team/app"}).out, MatchesRegex("[12]\n"));
    EXPECT_THAT(ask("search", {"--list-tags", "--format", "json", host + "/team/app"}).out,
                AllOf(HasSubstr("\"Name\": \"" + host + "/team/app\""), HasSubstr("\"Tags\": [")));
    EXPECT_THAT(ask("search", {"--list-tags", host + "/team/nothing"}),
                FailsWith(125, "getting repository tags: fetching tags list: name unknown"));
    EXPECT_THAT(ask("search", {"--list-tags", "--filter", "stars=1", host + "/team/app"}),
                FailsWith(125, "filters are not applicable to list tags result"));
}

TEST_F(Registries, AreFoundBySearchLists)
{
    make_directory("config/containers");
    write_file("config/containers/registries.conf", "unqualified-search-registries = [\"" + host + "\", \"localhost:1\"]\n");

    const Result result = ask("search", {"--format", "{{.Name}}", "zebra"});

    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, host + "/zebra\n");
    EXPECT_THAT(result.err, HasSubstr("couldn't search registry \"localhost:1\""));
    write_file("config/containers/registries.conf", "unqualified-search-registries = []\n");
    EXPECT_THAT(skiff("search", "zebra"),
                FailsWith(125, "no registries found in registries.conf, a registry must be provided"));
}

} // namespace
