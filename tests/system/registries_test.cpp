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

    /// So that commands need no options: the registry's authority and the user's credentials in their usual places.
    void make_known()
    {
        for (const std::string& directory :
             {std::string{"config/containers"}, std::string{"config/containers/certs.d"}, "config/containers/certs.d/" + host})
            make_directory(directory);
        write_file("config/containers/certs.d/" + host + "/ca.crt", read_file(certs + "/ca.crt"));
        EXPECT_THAT(run({program(), "login", "-u", RegistryServer::user(), "--password-stdin", host},
                        {.input = RegistryServer::password()}),
                    Succeeds());
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

TEST_F(Registries, ShowImagesThatNobodyHasFetched)
{
    make_known();

    const std::string digest = skiff("image", "inspect", "--remote", "--format", "{{.Digest}}", host + "/team/app:1").line();
    EXPECT_THAT(digest, MatchesRegex("sha256:[0-9a-f]+"));
    EXPECT_THAT(skiff("image", "inspect", "--remote", host + "/team/app:1").out,
                AllOf(HasSubstr("\"Name\": \"" + host + "/team/app\""), HasSubstr("\"RepoTags\": ["), HasSubstr("\"Os\": \"linux\""),
                      HasSubstr("\"LayersData\": ["), HasSubstr("PATH=/usr/bin:/bin")));
    EXPECT_THAT(skiff("image", "inspect", "--remote", "--no-tags", "--format", "{{.RepoTags}}", host + "/team/app@" + digest),
                Prints("[]"));
    EXPECT_THAT(skiff("image", "inspect", "--remote", "--config", "--format", "{{.config.Entrypoint}}", host + "/zebra:1"),
                Prints("[/bin/probe]"));
    write_file("raw", skiff("image", "inspect", "--remote", "--raw", host + "/team/app:1").out);
    EXPECT_THAT(run({"/usr/bin/sha256sum", path() + "/raw"}).out, HasSubstr(digest.substr(7)));
    EXPECT_THAT(skiff("image", "inspect", "--remote", host + "/team/app:nope"), FailsWith(125, "manifest unknown"));
    EXPECT_THAT(skiff("image", "inspect", "--raw", "zebra"), FailsWith(125, "--raw goes with --remote"));
    EXPECT_THAT(skiff("images", "-q").out, IsEmpty());
}

TEST_F(Registries, GiveAllTagsOfARepository)
{
    make_known();

    EXPECT_THAT(skiff("pull", "-q", "--all-tags", host + "/team/app"), Succeeds());

    EXPECT_THAT(skiff("images", "--sort", "tag", "--format", "{{.Repository}}:{{.Tag}}").out,
                host + "/team/app:1\n" + host + "/team/app:2\n");
    EXPECT_THAT(skiff("pull", "-a", host + "/team/app:1"), FailsWith(125, "tag can't be used with --all-tags/-a"));
    EXPECT_THAT(skiff("pull", "-q", host + "/team/nothing:1", host + "/zebra:1"), FailsWith(125, "manifest unknown"));
    EXPECT_THAT(skiff("image", "exists", host + "/zebra:1"), Succeeds()) << "one that fails does not keep the others";
}

TEST_F(Registries, AreAskedForShortNamesAndRememberTheChoice)
{
    make_known();
    write_file("config/containers/registries.conf", "unqualified-search-registries = [\"localhost:1\", \"" + host +
                                                        "\"]\nshort-name-mode = \"enforcing\"\n");
    EXPECT_THAT(skiff("pull", "-q", "zebra:1"),
                FailsWith(125, "short-name resolution enforced but cannot prompt without a TTY"));

    Running session = start_on_terminal("pull", "zebra:1");
    session.read_until("Please select an image");
    session.read_until("2) " + host + "/zebra:1");
    session.write("7\n2\n");
    session.finish();

    EXPECT_THAT(skiff("image", "exists", host + "/zebra:1"), Succeeds());
    EXPECT_THAT(skiff("rmi", "zebra:1"), Succeeds());
    EXPECT_THAT(skiff("pull", "-q", "zebra:1"), Succeeds()) << "the choice is remembered";
    write_file("config/containers/registries.conf", "unqualified-search-registries = [\"localhost:1\", \"localhost:2\"]\n");
    EXPECT_THAT(skiff("pull", "-q", "nowhere"), FailsWith(125, "Error: 2 errors occurred while pulling:\n * initializing source docker://localhost:1/nowhere:latest: "));
}

TEST_F(Registries, AreTrustedAsThePolicySays)
{
    make_known();
    EXPECT_THAT(skiff("image", "trust", "set", "--type", "accept", "default"), Succeeds());
    EXPECT_THAT(skiff("image", "trust", "set", "-t", "reject", host + "/team"), Succeeds());

    EXPECT_THAT(skiff("pull", "-q", host + "/team/app:1"),
                FailsWith(125, "Source image rejected: Running image docker://" + host + "/team/app:1 is rejected by policy."));
    EXPECT_THAT(skiff("pull", "-q", host + "/zebra:1"), Succeeds());
    EXPECT_THAT(skiff("image", "trust", "show").out, MatchesRegex("TRANSPORT +NAME +TYPE +ID +STORE *\nall +default +accept *\n"
                                                                  "repository +" + host + "/team +reject *\n"));
    EXPECT_THAT(skiff("image", "trust", "show", "--json").out, HasSubstr("\"repo_name\": \"" + host + "/team\""));
    EXPECT_THAT(skiff("image", "trust", "show", "--raw").out, HasSubstr("insecureAcceptAnything"));
    EXPECT_THAT(skiff("image", "trust", "set", "default"), FailsWith(125, "skiff cannot check signatures"));
    EXPECT_THAT(skiff("image", "trust", "set", "-t", "reject", "default"), Succeeds());
    EXPECT_THAT(skiff("load", "-q", "-i", std::getenv("SKIFF_PROBE_IMAGE")), FailsWith(125, "rejected by policy"));
}

} // namespace
