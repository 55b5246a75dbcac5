#include "registry/registries_conf.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/pull_sources.hpp"
#include "registry/short_names.hpp"
#include "scripted_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RegistriesConf parse(std::string_view text)
{
    RegistriesConf conf;
    conf.path = "/etc/containers/registries.conf";
    merge_registries_conf(conf, text, conf.path);
    return conf;
}

std::vector<std::string> candidates(const RegistriesConf& conf, std::string_view name)
{
    std::vector<std::string> names;
    for (const oci::Reference& reference : resolve_name(conf, oci::Reference::parse(name)).references)
        names.push_back(reference.text());
    return names;
}

TEST(RegistriesConf, ReadsEverythingThatPullsNeed)
{
    const RegistriesConf conf = parse(R"(
        unqualified-search-registries = ["docker.io", "quay.io"]
        short-name-mode = "enforcing"
        [[registry]]
        prefix = "example.com/foo"
        location = "internal.example.net/bar/"
        insecure = true
        [[registry.mirror]]
        location = "mirror.one"
        insecure = true
        [[registry.mirror]]
        location = "mirror.two"
        pull-from-mirror = "digest-only"
        [aliases]
        "fedora" = "registry.fedoraproject.org/fedora"
    )");

    EXPECT_THAT(*conf.search, ElementsAre("docker.io", "quay.io"));
    EXPECT_EQ(conf.short_name_mode, ShortNameMode::Enforcing);
    EXPECT_EQ(conf.aliases.at("fedora").target, "registry.fedoraproject.org/fedora");
    const RegistryConf& registry = *conf.find("example.com/foo/app:1");
    EXPECT_EQ(registry.location, "internal.example.net/bar");
    EXPECT_TRUE(registry.insecure);
    ASSERT_EQ(registry.mirrors.size(), 2U);
    EXPECT_EQ(registry.mirrors[1].pull, PullFromMirror::DigestOnly);
    EXPECT_EQ(conf.find("example.com/foobar"), nullptr);
}

TEST(RegistriesConf, ComplainsWithThePlace)
{
    EXPECT_THAT(error_of([] { parse("a = \n b"); }), HasSubstr("registries.conf': line "));
    EXPECT_THAT(error_of([] { parse("unqualified-search-registries = 5"); }),
                HasSubstr("unqualified-search-registries: is not a list"));
    EXPECT_THAT(error_of([] { parse("[[registry]]\nlocation = \"https://x.io\""); }),
                HasSubstr("URI schemes are not supported"));
    EXPECT_THAT(error_of([] { parse("[[registry]]\nlocation = \"x.io\"\ninsecure = \"yes\""); }),
                HasSubstr("registry.insecure: is not a boolean"));
    EXPECT_THAT(error_of([] { parse("[[registry]]\ninsecure = true"); }), HasSubstr("location or a prefix"));
    EXPECT_THAT(error_of([] { parse("short-name-mode = \"x\""); }), HasSubstr("invalid value 'x'"));
    EXPECT_THAT(error_of([] { parse("unqualified-search-registries = []\n[registries.search]\nregistries = []"); }),
                HasSubstr("mixing"));
}

TEST(RegistriesConf, NamesTheLine)
{
    EXPECT_THAT(error_of([] { parse("[[registry]]\nlocation = \"x.io\"\n[[registry.mirror]]\nlocation = \"m.io\"\n"
                                    "pull-from-mirror = \"sometimes\""); }),
                HasSubstr("registries.conf': line 5: registry.mirror.pull-from-mirror: unsupported value 'sometimes'"));
    EXPECT_THAT(error_of([] { parse("\n[aliases]\nx = \"a.io/x:1\""); }),
                HasSubstr("line 3: aliases.x: invalid alias 'a.io/x:1': must contain neither tag nor digest"));
}

TEST(RegistriesConf, RefusesWhatContainersImageRefuses)
{
    const std::pair<const char*, const char*> cases[] = {
        {"[[registry]]\nlocation = \"x.io\"\npull-from-mirror = \"all\"", "must not be set for a non-mirror registry"},
        {"[[registry]]\nlocation = \"x.io\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"m.io\"\n"
         "pull-from-mirror = \"all\"",
         "cannot be set together"},
        {"[[registry]]\nlocation = \"x.io\"\nblocked = true\n[[registry]]\nprefix = \"y.io\"\nlocation = \"x.io\"",
         "registry 'x.io' is defined multiple times with conflicting 'blocked' setting"},
        {"unqualified-search-registries = [\"https://x.io\"]", "URI schemes are not supported"},
        {"unqualified-search-registries = [\"x.io/path\"]", "a registry's host is wanted"},
        {"[aliases]\n\"a.io/x\" = \"b.io/x\"", "invalid short name"},
        {"[aliases]\nx = \"y\"", "must contain registry and repository"},
        {"[aliases]\nx = \"B.io/Y Z\"", "parsing alias"},
    };
    for (const auto& [text, complaint] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(error_of([text = text] { parse(text); }), HasSubstr(complaint));
    }
}

TEST(RegistriesConf, StillReadsVersion1)
{
    const RegistriesConf conf = parse("[registries.search]\nregistries = [\"a.io\"]\n"
                                      "[registries.insecure]\nregistries = [\"b.io:5000\"]\n"
                                      "[registries.block]\nregistries = [\"c.io\"]\n");

    EXPECT_THAT(*conf.search, ElementsAre("a.io"));
    EXPECT_TRUE(conf.find("b.io:5000/x")->insecure);
    EXPECT_TRUE(conf.find("c.io/x")->blocked);
}

TEST(RegistriesConf, MatchesPrefixes)
{
    struct Case
    {
        std::string name, prefix;
        bool fits;
    };
    const Case cases[] = {
        {"host/a", "host", true},
        {"host:5000/a", "host", false},
        {"host:5000/a", "host:5000", true},
        {"host/a/b:1", "host/a/b", true},
        {"host/a/bc", "host/a/b", false},
        {"host/a@sha256:0", "host/a", true},
        {"x.example.com/a", "*.example.com", true},
        {"a.b.example.com:5/a", "*.example.com", true},
        {"example.com/a", "*.example.com", false},
        {"evilexample.com/a", "*.example.com", false},
        {"other/x.example.com", "*.example.com", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(cat(c.name, " ", c.prefix));
        EXPECT_EQ(matching_length(c.name, c.prefix) > 0, c.fits);
    }
}

TEST(RegistriesConf, LetsLaterFilesWin)
{
    RegistriesConf conf =
        parse("unqualified-search-registries = [\"a.io\"]\n[[registry]]\nlocation = \"r.io\"\ninsecure = true\n"
              "[aliases]\nx = \"a.io/x\"\ny = \"a.io/y\"");
    merge_registries_conf(
        conf, "[[registry]]\nlocation = \"r.io\"\nblocked = true\n[aliases]\nx = \"\"\ny = \"b.io/y\"", "later");

    EXPECT_THAT(*conf.search, ElementsAre("a.io"));
    EXPECT_TRUE(conf.find("r.io/x")->blocked);
    EXPECT_FALSE(conf.find("r.io/x")->insecure);
    EXPECT_FALSE(conf.aliases.contains("x"));
    EXPECT_EQ(conf.aliases.at("y").target, "b.io/y");
}

class RegistriesConfFiles : public testing::Test
{
  protected:
    void write(const std::string& path, const std::string& search)
    {
        const std::string full = cat(root.path(), "/", path);
        make_directories(full.substr(0, full.rfind('/')));
        save_atomically(AT_FDCWD, full, cat("unqualified-search-registries = [\"", search, "\"]"), Durability::None);
    }
    std::string loaded() const
    {
        return load_registries_conf(places).search.value_or(std::vector<std::string>{"none"}).at(0);
    }

    TempDir root{"/tmp", "registry-test."};
    ConfigPlaces places = [this] {
        ConfigPlaces value;
        value.config_home = root.path() + "/config";
        value.etc = root.path() + "/etc";
        value.share = root.path() + "/share";
        return value;
    }();
};

TEST_F(RegistriesConfFiles, AreFoundInOrder)
{
    EXPECT_EQ(loaded(), "none");
    write("share/containers/registries.conf", "share");
    EXPECT_EQ(loaded(), "share");
    write("etc/containers/registries.conf", "etc");
    EXPECT_EQ(loaded(), "etc");
    write("etc/containers/registries.conf.d/50-b.conf", "drop-in-b");
    write("etc/containers/registries.conf.d/40-a.conf", "drop-in-a");
    write("etc/containers/registries.conf.d/60-no.txt", "not-a-conf");
    EXPECT_EQ(loaded(), "drop-in-b");
    write("config/containers/registries.conf.d/10.conf", "users-drop-in");
    EXPECT_EQ(loaded(), "users-drop-in");
    write("config/containers/registries.conf", "user");
    remove_tree_at(AT_FDCWD, root.path() + "/config/containers/registries.conf.d");
    EXPECT_EQ(loaded(), "user");
    write("env", "environment");
    remove_tree_at(AT_FDCWD, root.path() + "/etc/containers/registries.conf.d");
    places.registries_conf = root.path() + "/env";
    EXPECT_EQ(loaded(), "environment");
    write("override", "override");
    places.registries_conf_override = root.path() + "/override";
    EXPECT_EQ(loaded(), "override");
    places.registries_conf = "/nonexistent";
    EXPECT_THROW(loaded(), Error);
}

TEST(ShortName, BecomesDockerIosWhereNothingIsConfigured)
{
    EXPECT_THAT(candidates({}, "debian"), ElementsAre("docker.io/library/debian:latest"));
    EXPECT_THAT(candidates({}, "quay.io/x"), ElementsAre("quay.io/x:latest"));
}

TEST(ShortName, FollowsAliasesAndSearchRegistries)
{
    const RegistriesConf conf = parse("unqualified-search-registries = [\"docker.io\", \"quay.io\"]\n[aliases]\n"
                                      "fedora = \"registry.fedoraproject.org/fedora\"\n\"team/app\" = \"r.io/a\"");

    EXPECT_THAT(candidates(conf, "fedora:39"), ElementsAre("registry.fedoraproject.org/fedora:39"));
    EXPECT_THAT(candidates(conf, "team/app"), ElementsAre("r.io/a:latest"));
    EXPECT_THAT(candidates(conf, "debian:12"), ElementsAre("docker.io/library/debian:12", "quay.io/debian:12"));
    EXPECT_EQ(resolve_name(conf, oci::Reference::parse("debian")).description,
              "Resolving \"debian\" using unqualified-search registries (/etc/containers/registries.conf)");
}

TEST(ShortName, FailsInPodmansWords)
{
    EXPECT_EQ(error_of([] { candidates(parse("unqualified-search-registries = []"), "debian"); }),
              "short-name \"debian\" did not resolve to an alias and no unqualified-search registries are defined in "
              "\"/etc/containers/registries.conf\"");
    EXPECT_EQ(error_of([] {
                  candidates(
                      parse("unqualified-search-registries = [\"a.io\", \"b.io\"]\nshort-name-mode = \"enforcing\""),
                      "debian");
              }),
              "short-name resolution enforced but cannot prompt without a TTY");
}

TEST(ShortName, FollowsAliasesInEveryMode)
{
    const RegistriesConf conf = parse("unqualified-search-registries = [\"a.io\", \"b.io\"]\nshort-name-mode = \"disabled\"\n"
                                      "[aliases]\nx = \"c.io/x\"");

    EXPECT_THAT(candidates(conf, "x"), ElementsAre("c.io/x:latest"));
    EXPECT_FALSE(resolve_name(conf, oci::Reference::parse("y"), CanAsk::Yes).ask_user);
}

TEST(ShortName, IsChosenWhereSomebodyCanBeAsked)
{
    for (const char* mode : {"enforcing", "permissive"}) {
        const RegistriesConf conf =
            parse(cat("unqualified-search-registries = [\"a.io\", \"b.io\"]\nshort-name-mode = \"", mode, "\""));
        EXPECT_TRUE(resolve_name(conf, oci::Reference::parse("x"), CanAsk::Yes).ask_user);
        EXPECT_FALSE(resolve_name(parse("unqualified-search-registries = [\"a.io\"]"), oci::Reference::parse("x"), CanAsk::Yes).ask_user);
    }
}

TEST_F(RegistriesConfFiles, RememberWhatWasChosen)
{
    places.cache_home = root.path() + "/cache";
    write("etc/containers/registries.conf", "a.io");

    remember_alias(places, oci::Reference::parse("x"), oci::Reference::parse("b.io/y:1"));
    remember_alias(places, oci::Reference::parse("team/z"), oci::Reference::parse("c.io/z"));

    const RegistriesConf conf = load_registries_conf(places);
    EXPECT_THAT(candidates(conf, "x:2"), ElementsAre("b.io/y:2"));
    EXPECT_THAT(candidates(conf, "team/z"), ElementsAre("c.io/z:latest"));
}

std::vector<std::string> sources(const RegistriesConf& conf, std::string_view name)
{
    std::vector<std::string> names;
    for (const PullSource& source : find_pull_sources(conf, oci::Reference::parse(name)))
        names.push_back(cat(source.reference.text(), source.insecure ? " insecure" : ""));
    return names;
}

TEST(PullSources, AreMirrorsAndThenTheRegistry)
{
    const std::string digest = cat("@sha256:", std::string(64, 'a'));
    const RegistriesConf conf = parse(R"(
        [[registry]]
        prefix = "example.com/foo"
        location = "real.io:5000/bar"
        [[registry.mirror]]
        location = "mirror.io/m"
        insecure = true
        [[registry.mirror]]
        location = "digests.io"
        pull-from-mirror = "digest-only"
        [[registry]]
        prefix = "*.internal"
        insecure = true
        [[registry]]
        location = "bad.io"
        blocked = true
    )");

    EXPECT_THAT(sources(conf, "example.com/foo/app:1"),
                ElementsAre("mirror.io/m/app:1 insecure", "real.io:5000/bar/app:1"));
    EXPECT_THAT(sources(conf, "example.com/foo/app" + digest),
                ElementsAre("mirror.io/m/app" + digest + " insecure", "digests.io/app" + digest,
                            "real.io:5000/bar/app" + digest));
    EXPECT_THAT(sources(conf, "x.internal/app:1"), ElementsAre("x.internal/app:1 insecure"));
    EXPECT_THAT(sources(conf, "other.io/app:1"), ElementsAre("other.io/app:1"));
    EXPECT_EQ(error_of([&] { sources(conf, "bad.io/x:1"); }),
              "registry bad.io is blocked in /etc/containers/registries.conf");
}

} // namespace
} // namespace skiff::registry
