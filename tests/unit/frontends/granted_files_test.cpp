#include "support.hpp"

#include "engine/private_content.hpp"
#include "frontends/compose/granted_files.hpp"

using testing::ElementsAre;
using testing::IsEmpty;

namespace skiff::compose {
namespace {

/// A project with a service `web` that is granted `grants` of secrets and configs of every kind.
Project project_with(const std::string& grants)
{
    SmallWorld world{"services:\n  web:\n    image: i\n" + grants +
                     "secrets:\n  key: {file: ./key.txt}\n  empty: {file: ./empty}\n  large: {file: ./large}\n  lost: {file: ./lost}\n"
                     "  word: {environment: WORD}\n  unset: {environment: UNSET}\n  stored: {external: true, name: 'the,stored'}\n"
                     "configs:\n  text: {content: \"a=$WORD\"}\n"};
    world.environment["WORD"] = "word";
    world.files["/home/me/shop/key.txt"] = "key";
    world.files["/home/me/shop/empty"] = "";
    world.files["/home/me/shop/large"] = std::string(engine::private_file_limit_bytes, 'x');
    return load(world);
}

std::vector<GivenFile> files(const std::string& grants)
{
    const Project project = project_with(grants);
    return make_given_files(project, project.service("web"));
}

std::vector<std::string> words(const std::string& grants)
{
    const Project project = project_with(grants);
    return make_grant_words(project, project.service("web"));
}

TEST(GrantedFiles, ComeWithTheirContent)
{
    std::vector<std::string> made;
    for (const GivenFile& file : files("    secrets: [key, empty, {source: word, target: /etc/word}]\n    configs: [text, {source: text, target: app.conf}]\n"))
        made.push_back(cat(file.target, "=", file.content));

    EXPECT_THAT(made, ElementsAre("/run/secrets/key=key", "/run/secrets/empty=", "/etc/word=word", "/text=a=word", "/app.conf=a=word"));
    EXPECT_THAT(words("    secrets: [key, empty, word]\n    configs: [text]\n"), IsEmpty());
}

TEST(GrantedFiles, HaveOwnersAndModes)
{
    const auto all = files("    secrets: [key, {source: word, uid: '1000', gid: 5, mode: 0400}, {source: empty, mode: 0o440}]\n");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(std::tie(all[0].uid, all[0].gid), std::tuple(std::nullopt, std::nullopt));
    EXPECT_EQ(all[0].mode, 0444U);
    EXPECT_EQ(std::tie(all[1].uid, all[1].gid), std::tuple(1000U, 5U));
    EXPECT_EQ(all[1].mode, 0400U);
    EXPECT_EQ(all[2].mode, 0440U);
    EXPECT_THAT(error_of([] { files("    secrets: [{source: key, uid: me}]\n"); }), testing::HasSubstr("compose.yaml:4: services.web.secrets: 'me' is no uid for key"));
    EXPECT_THAT(error_of([] { files("    secrets: [{source: key, mode: '0888'}]\n"); }), testing::HasSubstr("'0888' is no mode for key"));
}

TEST(GrantedFiles, AreOfTheStoreOrMountedWhenTheyHaveNoContent)
{
    EXPECT_THAT(words("    secrets: [{source: stored, mode: '0400', uid: '7'}, large]\n"),
                ElementsAre("--secret=\"the,stored\",target=/run/secrets/stored,uid=7,mode=0400",
                            "--mount=type=bind,source=/home/me/shop/large,target=/run/secrets/large,readonly"));
    EXPECT_THAT(files("    secrets: [stored, large]\n"), IsEmpty());
    EXPECT_THAT(error_of([] { words("    secrets: [{source: large, gid: '1'}]\n"); }), testing::HasSubstr("services.web.secrets: gid of large cannot be set"));
}

TEST(GrantedFiles, MustBeThere)
{
    EXPECT_EQ(error_of([] { files("    secrets: [lost]\n"); }), "secret lost: the file /home/me/shop/lost does not exist");
    EXPECT_EQ(error_of([] { files("    secrets: [unset]\n"); }), "secret unset: the variable UNSET is not set");
    const Project project = project_with("    secrets: [stored]\n");
    EXPECT_EQ(error_of([&] { require_external_grants(project, project.service("web"), {"other"}); }),
              "external secret \"the,stored\" not found | make it with: skiff secret create the,stored FILE");
    EXPECT_NO_THROW(require_external_grants(project, project.service("web"), {"the,stored"}));
}

TEST(GrantedFiles, ChangeTheServiceWithTheirContent)
{
    const auto hash = [](const std::string& key, const std::string& word) {
        SmallWorld world{"services:\n  web: {image: i, secrets: [key], configs: [word]}\nsecrets: {key: {file: ./key}}\nconfigs: {word: {environment: WORD}}\n"};
        world.files["/home/me/shop/key"] = key;
        world.environment["WORD"] = word;
        return load(world).service("web").hash;
    };
    EXPECT_EQ(hash("a", "b"), hash("a", "b"));
    EXPECT_NE(hash("a", "b"), hash("c", "b"));
    EXPECT_NE(hash("a", "b"), hash("a", "c"));
}

} // namespace
} // namespace skiff::compose
