#include "support.hpp"

namespace skiff::compose {
namespace {

std::string web(const std::string& keys) { return "services:\n  web:\n    image: i\n" + keys; }

/// The command of the service web, its words joined.
std::string command_in(const World& world, const LoadRequest& request = {})
{
    const auto service = service_of(load(world, request), "web");
    std::string words;
    for (const auto& word : service.at("command"))
        words += cat(words.empty() ? "" : " ", word.get<std::string>());
    return words;
}

TEST(Places, AnOverrideFileIsTakenOnlyWithoutNamedFiles)
{
    for (const char* name : {"compose.override.yaml", "compose.override.yml", "docker-compose.override.yml", "docker-compose.override.yaml"}) {
        SmallWorld world{web("    user: a\n")};
        world.files[cat("/home/me/shop/", name)] = web("    user: b\n");
        EXPECT_EQ(service_of(load(world), "web")["user"], "b") << name;
        LoadRequest request;
        request.files = {"compose.yaml"};
        EXPECT_EQ(service_of(load(world, request), "web")["user"], "a") << name;
    }
}

TEST(Places, TheFirstOfTheDefaultNamesIsTaken)
{
    SmallWorld world;
    for (const char* name : {"docker-compose.yaml", "docker-compose.yml", "compose.yml", "compose.yaml"}) {
        world.files[cat("/home/me/shop/", name)] = web(cat("    user: ", name, "\n"));
        EXPECT_EQ(service_of(load(world), "web")["user"], name);
    }
}

TEST(Places, StandardInputBelongsToTheWorkingDirectory)
{
    SmallWorld world;
    world.files["-"] = web("    volumes: ['./a:/a']\n");
    LoadRequest request;
    request.files = {"-"};
    EXPECT_EQ(service_of(load(world, request), "web")["volumes"][0]["source"], "/home/me/shop/a");
}

TEST(Places, PathsStandForTheFirstFilesDirectoryOrTheGivenOne)
{
    SmallWorld world;
    world.files["/home/me/one/a.yaml"] = web("    volumes: ['./a:/a']\n");
    world.files["/home/me/two/b.yaml"] = web("    volumes: ['./b:/b']\n");
    LoadRequest request;
    request.files = {"../one/a.yaml", "../two/b.yaml"};
    EXPECT_EQ(service_of(load(world, request), "web")["volumes"][1]["source"], "/home/me/one/b");
    EXPECT_EQ(load(world, request).name, "one");
    request.project_directory = "/srv/There";
    EXPECT_EQ(service_of(load(world, request), "web")["volumes"][1]["source"], "/srv/There/b");
    EXPECT_EQ(load(world, request).name, "there");
}

TEST(Places, VariablesNameFilesToo)
{
    SmallWorld world;
    world.files["/home/me/shop/a.yaml"] = web("    user: a\n");
    world.files["/home/me/shop/b.yaml"] = web("    user: b\n");
    world.files["/home/me/shop/.env"] = "COMPOSE_FILE=a.yaml,b.yaml\nCOMPOSE_PATH_SEPARATOR=,\n";
    EXPECT_EQ(service_of(load(world), "web")["user"], "b");
    world.environment["COMPOSE_FILE"] = "a.yaml";
    EXPECT_EQ(service_of(load(world), "web")["user"], "a");
    LoadRequest request;
    request.files = {"b.yaml"};
    EXPECT_EQ(service_of(load(world, request), "web")["user"], "b");
    request.files = {"oci://x/y"};
    EXPECT_THAT(error_of([&] { load(world, request); }), testing::StartsWith("compose files from elsewhere are not supported: oci://x/y"));
}

TEST(Places, EnvFilesAreReadInOrder)
{
    SmallWorld world{web("    command: [\"$A\", \"$B\", \"$C\"]\n")};
    world.files["/home/me/shop/.env"] = "A=dot\nB=dot\nC=dot\n";
    world.files["/home/me/shop/one.env"] = "A=one\nB=one\nC=one\n";
    world.files["/home/me/shop/two.env"] = "B=two\nC=two-$A\n";
    EXPECT_EQ(command_in(world), "dot dot dot");
    world.environment["COMPOSE_ENV_FILES"] = "one.env,two.env";
    EXPECT_EQ(command_in(world), "one two two-one");
    LoadRequest request;
    request.env_files = {"two.env", "one.env"};
    EXPECT_EQ(command_in(world, request), "one one one");
    world.environment = {{"HOME", "/home/me"}, {"COMPOSE_DISABLE_ENV_FILE", "1"}, {"A", "a"}, {"B", "b"}, {"C", "c"}};
    world.files["/home/me/shop/.env"] = "no env file";
    EXPECT_EQ(command_in(world), "a b c");
}

TEST(Places, DotenvOfTheWorkingDirectoryIsTheSecondChoice)
{
    SmallWorld world;
    world.files["/srv/app/compose.yaml"] = web("    command: $A\n");
    world.files["/home/me/shop/.env"] = "A=working\n";
    LoadRequest request;
    request.files = {"/srv/app/compose.yaml"};
    EXPECT_EQ(command_in(world, request), "working");
    world.files["/srv/app/.env"] = "A=base\n";
    EXPECT_EQ(command_in(world, request), "base");
}

TEST(Places, TheLastFileNamesTheProject)
{
    SmallWorld world{"name: one\n" + web("    command: $COMPOSE_PROJECT_NAME\n")};
    world.files["/home/me/shop/compose.override.yaml"] = "name: two\n";
    EXPECT_EQ(load(world).name, "two");
    LoadRequest request;
    request.project_name = "three";
    EXPECT_EQ(load(world, request).name, "three");
    EXPECT_EQ(command_in(world, request), "three");
    world.directory = "/home/me/___";
    world.files["/home/me/___/compose.yaml"] = web("");
    EXPECT_THAT(error_of([&] { load(world); }), testing::StartsWith("project name must not be empty"));
}

TEST(Places, VariablesAreReplacedInValuesOnlyAndBeforeTypes)
{
    SmallWorld world{web("    privileged: $T\n    pids_limit: \"$N\"\n    environment: {\"$N\": \"$T\"}\n    ports: [{target: \"$N\", published: $N}]\n")};
    world.environment["T"] = "true";
    world.environment["N"] = "80";
    const auto made = service_of(load(world), "web");
    EXPECT_EQ(made["privileged"], true);
    EXPECT_EQ(made["pids_limit"], 80);
    EXPECT_EQ(made["environment"], (nlohmann::ordered_json{{"$N", "true"}}));
    EXPECT_EQ(made["ports"][0]["target"], 80);
    LoadRequest request;
    request.interpolate = false;
    ProjectRequest unchecked;
    unchecked.check = false;
    SmallWorld raw{web("    command: $T\n")};
    EXPECT_EQ(service_of(load(raw, request, unchecked), "web")["command"][0], "$T");
    EXPECT_TRUE(load(raw, request, unchecked).warnings.empty());
}

TEST(Extends, PathsOfTheBaseStayItsOwn)
{
    SmallWorld world{"services:\n  web:\n    extends: {file: base/b.yaml, service: app}\n    build: {args: {A: 1}}\n    env_file: own.env\n    volumes: ['./own:/own']\n"};
    world.files["/home/me/shop/base/b.yaml"] = "services:\n  app:\n    build: ./src\n    env_file: [theirs.env]\n    label_file: l.labels\n    volumes:\n"
                                               "      - {type: bind, source: ../up, target: /up}\n";
    world.files["/home/me/shop/base/theirs.env"] = "A=theirs\nB=theirs\n";
    world.files["/home/me/shop/base/l.labels"] = "l=m\n";
    world.files["/home/me/shop/own.env"] = "A=own\n";
    const auto made = service_of(load(world), "web");
    EXPECT_EQ(made["build"]["context"], "/home/me/shop/base/src");
    EXPECT_EQ(made["build"]["args"], (nlohmann::ordered_json{{"A", "1"}}));
    EXPECT_EQ(made["volumes"][0]["source"], "/home/me/shop/up");
    EXPECT_EQ(made["volumes"][1]["source"], "/home/me/shop/own");
    EXPECT_EQ(made["environment"], (nlohmann::ordered_json{{"A", "own"}, {"B", "theirs"}}));
    EXPECT_EQ(made["labels"], (nlohmann::ordered_json{{"l", "m"}}));
    EXPECT_FALSE(made.contains("extends"));
}

TEST(Extends, WhatTheBaseRefersToIsCopiedAndNotPulledIn)
{
    SmallWorld world{"services:\n  web: {extends: {file: b.yaml, service: app}}\n"};
    const std::pair<const char*, const char*> cases[] = {
        {"depends_on: [db]", "service \"web\" depends on undefined service \"db\""},
        {"links: [db]", "service \"web\" depends on undefined service \"db\""},
        {"volumes_from: [db]", "service \"web\" depends on undefined service \"db\""},
        {"network_mode: service:db", "service \"db\" not found for network_mode 'service:db'"},
        {"networks: [back]", "service \"web\" refers to undefined network back"},
        {"volumes: ['v:/v']", "service \"web\" refers to undefined volume v"},
    };
    for (const auto& [key, expected] : cases) {
        world.files["/home/me/shop/b.yaml"] = cat("services:\n  app: {image: i, ", key, "}\n  db: {image: d}\nvolumes: {v: }\nnetworks: {back: }\n");
        EXPECT_THAT(error_of([&] { load(world); }), testing::HasSubstr(expected)) << key;
    }
}

TEST(Extends, ResetAndOverrideHoldAgainstTheBase)
{
    SmallWorld world{"services:\n  base: {image: i, ports: ['80:80'], environment: {A: 1}, user: me}\n"
                     "  web: {extends: base, ports: !override ['81:81'], environment: !reset {}, user: !reset null}\n"};
    const auto made = service_of(load(world), "web");
    EXPECT_EQ(made["ports"].size(), 1U);
    EXPECT_EQ(made["ports"][0]["published"], "81");
    EXPECT_FALSE(made.contains("environment"));
    EXPECT_FALSE(made.contains("user"));
    EXPECT_EQ(service_of(load(world), "base")["user"], "me");
}

TEST(Include, CopiesAllKindsOfResources)
{
    SmallWorld world{"name: outer\ninclude: db/db.yaml\n" + web("    networks: [back]\n    volumes: ['data:/d']\n    secrets: [pw]\n    configs: [conf]\n")};
    world.files["/home/me/shop/db/db.yaml"] = "name: inner\nservices:\n  db: {image: d}\nnetworks: {back: }\nvolumes: {data: }\nsecrets: {pw: {file: ./pw}}\n"
                                              "configs: {conf: {content: c}}\n";
    world.files["/home/me/shop/db/pw"] = "x";
    const Project project = load(world);
    EXPECT_EQ(project.name, "outer");
    EXPECT_EQ(project.find_network("back")->name, "outer_back");
    EXPECT_EQ(project.find_volume("data")->name, "outer_data");
    EXPECT_EQ(project.secrets.at(0).node.text_of("file"), "/home/me/shop/db/pw");
    EXPECT_EQ(project.configs.size(), 1U);
    EXPECT_NE(project.find_service("db"), nullptr);
}

TEST(Include, HasItsOwnDirectoryAndVariablesBehindTheOuterOnes)
{
    SmallWorld world{"include:\n  - path: [parts/a.yaml, parts/b.yaml]\n    project_directory: other\n" + web("")};
    world.files["/home/me/shop/parts/a.yaml"] = "services:\n  app:\n    image: \"i:$V-$W\"\n    volumes: ['./x:/x']\n";
    world.files["/home/me/shop/parts/b.yaml"] = "services:\n  app: {user: b}\n";
    world.files["/home/me/shop/other/.env"] = "V=inner\nW=inner\n";
    world.files["/home/me/shop/.env"] = "V=outer\n";
    const Project project = load(world);
    EXPECT_EQ(project.service("app").image, "i:outer-inner");
    EXPECT_EQ(service_of(project, "app")["user"], "b");
    EXPECT_EQ(service_of(project, "app")["volumes"][0]["source"], "/home/me/shop/other/x");
    EXPECT_EQ(project.variables.contains("W"), false);
}

TEST(Include, GoesOnInWhatIsIncluded)
{
    SmallWorld world{"include: [a/a.yaml]\n" + web("")};
    world.files["/home/me/shop/a/a.yaml"] = "include: [b/b.yaml]\nservices: {a: {image: a}}\n";
    world.files["/home/me/shop/a/b/b.yaml"] = "services: {b: {image: b, volumes: ['./x:/x']}}\n";
    EXPECT_EQ(service_of(load(world), "b")["volumes"][0]["source"], "/home/me/shop/a/b/x");
    world.files["/home/me/shop/a/b/b.yaml"] = "include: [../a.yaml]\n";
    EXPECT_THAT(error_of([&] { load(world); }), testing::StartsWith("a/b/b.yaml:1: include cycle detected: a/b/b.yaml includes a/a.yaml"));
    world.files["/home/me/shop/a/b/b.yaml"] = "include: [none.yaml]\n";
    EXPECT_THAT(error_of([&] { load(world); }), testing::StartsWith("a/b/b.yaml:1: include: open "));
}

} // namespace
} // namespace skiff::compose
