#include "frontends/compose/create_words.hpp"
#include "frontends/compose/resource_words.hpp"
#include "support.hpp"


namespace skiff::compose {
namespace {

/// The labels of Compose on a container of the service web, without their prefix.
std::map<std::string, std::string> labels_of(const std::string& keys, const Instance& instance, const OneOff* one_off = nullptr)
{
    SmallWorld world{"services:\n  web:\n    image: i\n" + keys + "  db: {image: d, healthcheck: {test: x}}\n"};
    world.files["/home/me/shop/.env"] = "A=1\n";
    const Project project = load(world);
    std::map<std::string, std::string> labels;
    constexpr std::string_view prefix = "--label=com.docker.compose.";
    for (const std::string& word : make_create_words(project, project.service("web"), instance, one_off))
        if (word.starts_with(prefix)) {
            const std::size_t equals = word.find('=', prefix.size());
            labels[word.substr(prefix.size(), equals - prefix.size())] = word.substr(equals + 1);
        }
    return labels;
}

TEST(Labels, TellWhatAContainerBelongsTo)
{
    Instance instance;
    instance.number = 2;
    instance.name = "shop-web-2";
    instance.image_id = "abc";
    const auto labels = labels_of("    depends_on: {db: {condition: service_healthy, restart: true}}\n", instance);
    EXPECT_EQ(labels.at("project"), "shop");
    EXPECT_EQ(labels.at("service"), "web");
    EXPECT_EQ(labels.at("container-number"), "2");
    EXPECT_EQ(labels.at("oneoff"), "False");
    EXPECT_EQ(labels.at("config-hash").size(), 64U);
    EXPECT_EQ(labels.at("image"), "sha256:abc");
    EXPECT_EQ(labels.at("depends_on"), "db:service_healthy:true");
    EXPECT_EQ(labels.at("project.working_dir"), "/home/me/shop");
    EXPECT_EQ(labels.at("project.config_files"), "/home/me/shop/compose.yaml");
    EXPECT_EQ(labels.at("project.environment_file"), "/home/me/shop/.env");
    EXPECT_FALSE(labels.at("version").empty());
    EXPECT_FALSE(labels.contains("slug"));
}

TEST(Labels, OneOffContainersSayThatTheyAre)
{
    OneOff one_off;
    one_off.slug = "1f2e";
    const auto labels = labels_of("", {}, &one_off);
    EXPECT_EQ(labels.at("oneoff"), "True");
    EXPECT_EQ(labels.at("slug"), "1f2e");
}

TEST(Labels, NetworksAndVolumesTellTheirKey)
{
    const Project project = load(SmallWorld{"services: {web: {image: i, networks: [n], volumes: ['v:/v']}}\nnetworks: {n: }\nvolumes: {v: }\n"});
    for (const auto& [words, label] : {std::pair{make_network_words(project, *project.find_network("n")), "network=n"},
                                       std::pair{make_volume_words(project, *project.find_volume("v")), "volume=v"}}) {
        EXPECT_THAT(words, testing::IsSupersetOf({cat("--label=com.docker.compose.", label), std::string{"--label=com.docker.compose.project=shop"}}));
        EXPECT_THAT(words, testing::Contains(testing::StartsWith("--label=com.docker.compose.config-hash=")));
        EXPECT_THAT(words, testing::Contains(testing::StartsWith("--label=com.docker.compose.version=")));
    }
}

} // namespace
} // namespace skiff::compose
