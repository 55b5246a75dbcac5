#include "support.hpp"

#include "base/file.hpp"
#include "frontends/compose/project_name.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <limits>

namespace skiff::compose {
namespace {

nlohmann::ordered_json merged(const std::string& base, const std::string& over, const std::string& service = "web")
{
    SmallWorld world{base};
    world.files["/home/me/shop/compose.override.yaml"] = over;
    return service_of(load(world), service);
}

std::string web(const std::string& keys) { return "services:\n  web:\n    image: i\n" + keys; }
std::string over(const std::string& keys) { return "services:\n  web:\n" + keys; }

TEST(Load, FindsFilesInTheDirectoryAndAbove)
{
    SmallWorld world{web("")};
    world.directory = "/home/me/shop/src/deep";
    const Project project = load(world);
    EXPECT_EQ(project.name, "shop");
    EXPECT_EQ(project.directory, "/home/me/shop");

    world.files["/home/me/shop/docker-compose.yml"] = web("");
    EXPECT_THAT(load(world).warnings, testing::Contains(testing::HasSubstr("Found multiple config files")));

    SmallWorld empty;
    EXPECT_THAT(error_of([&] { load(empty); }), testing::StartsWith("no configuration file provided: not found"));
    SmallWorld nothing{"\n"};
    EXPECT_EQ(error_of([&] { load(nothing); }), "compose.yaml: empty compose file | it begins with services:");
}

TEST(Load, ADirectoryThatWasRemovedIsNotNeeded)
{
    SmallWorld world{web("    build: .\n")};
    world.directory.clear();
    LoadRequest request;
    EXPECT_EQ(error_of([&] { load(world, request); }),
              "no configuration file provided: not found | the working directory was removed: name a file with -f");
    request.files = {"compose.yaml"};
    EXPECT_THAT(error_of([&] { load(world, request); }), testing::StartsWith("'compose.yaml' stands for nothing: the working directory was removed"));

    request.files = {"/home/me/shop/compose.yaml"};
    const Project project = load(world, request);

    EXPECT_EQ(project.name, "shop");
    EXPECT_EQ(service_of(project, "web")["build"]["context"], "/home/me/shop");
}

TEST(ThisWorld, IsWhereTheShellSaysItIs)
{
    const std::string before = std::filesystem::current_path();
    const TempDir box{"/tmp", "skiff-world-"};
    const std::string& place = box.path();
    const std::string link = place + "/shop";
    std::filesystem::create_directory(place + "/real");
    std::filesystem::create_directory_symlink("real", link);
    std::filesystem::current_path(link);

    ::setenv("PWD", link.c_str(), 1);
    EXPECT_EQ(ThisWorld{}.directory, link);
    for (const std::string& pwd : {place, link + "/../shop", std::string{"shop"}}) {
        ::setenv("PWD", pwd.c_str(), 1);
        EXPECT_EQ(ThisWorld{}.directory, place + "/real") << pwd;
    }

    std::filesystem::remove_all(place + "/real");
    EXPECT_EQ(ThisWorld{}.directory, "");
    std::filesystem::current_path(before);
    ::setenv("PWD", before.c_str(), 1);
}

TEST(Load, FilesOfStrangersAboveAreRefused)
{
    SmallWorld world{web("")};
    world.files["/home/me/shop/compose.override.yaml"] = over("    user: me\n");
    world.files["/home/me/shop/.env"] = "A=1\n";
    for (const char* name : {"compose.yaml", "compose.override.yaml", ".env"}) {
        world.directory = "/home/me/shop/src";
        world.strangers = {{cat("/home/me/shop/", name), "mallory"}};
        EXPECT_THAT(error_of([&] { load(world); }),
                    testing::AllOf(testing::HasSubstr(cat("/home/me/shop/", name, ", found above this directory, belongs to mallory")), testing::HasSubstr("-f")));
        LoadRequest named;
        named.files = {"../compose.yaml"};
        EXPECT_EQ(load(world, named).name, "shop");
        world.directory = "/home/me/shop";
        EXPECT_EQ(load(world).name, "shop");
    }
}

TEST(Load, PortsOfTheLongFormAreChecked)
{
    for (const char* published : {"x-y", "1-99999999999", "70000", "9-8", "80-", "-1"})
        EXPECT_THAT(error_of([&] { load(SmallWorld{web(cat("    ports:\n      - target: 80\n        published: '", published, "'\n"))}); }),
                    testing::StartsWith(cat("compose.yaml:6: invalid port '", published, "'")));
    EXPECT_THAT(error_of([] { load(SmallWorld{web("    ports: [{target: 70000}]\n")}); }), testing::StartsWith("compose.yaml:4: invalid port '70000'"));
    EXPECT_THAT(error_of([] { load(SmallWorld{web("    ports: [{target: 80, host_ip: here}]\n")}); }),
                testing::StartsWith("compose.yaml:4: invalid IP address 'here'"));
    EXPECT_EQ(service_of(load(SmallWorld{web("    ports: [{target: 80, published: 8080-8090}, {target: 81, published: '0'}]\n")}), "web")["ports"].size(), 2U);
}

TEST(Load, ChoosesTheProjectsName)
{
    SmallWorld world{"name: from-file\n" + web("")};
    EXPECT_EQ(load(world).name, "from-file");
    world.environment["COMPOSE_PROJECT_NAME"] = "from-variable";
    EXPECT_EQ(load(world).name, "from-variable");
    LoadRequest request;
    request.project_name = "given";
    EXPECT_EQ(load(world, request).name, "given");
    request.project_name = "Given!";
    EXPECT_THAT(error_of([&] { load(world, request); }), testing::StartsWith("invalid project name 'Given!'"));
    EXPECT_EQ(normal_name("_My App.1"), "myapp1");
}

TEST(Load, TakesVariablesFromDotenvBehindTheEnvironment)
{
    SmallWorld world{web("    command: echo $A $B\n")};
    world.files["/home/me/shop/.env"] = "A=file\nB=file\n";
    world.environment["B"] = "process";
    EXPECT_EQ(service_of(load(world), "web")["command"], (nlohmann::ordered_json{"echo", "file", "process"}));
    LoadRequest request;
    world.files["/home/me/shop/other.env"] = "A=other\n";
    request.env_files = {"other.env"};
    EXPECT_EQ(service_of(load(world, request), "web")["command"], (nlohmann::ordered_json{"echo", "other", "process"}));
    request.env_files = {"none.env"};
    EXPECT_THAT(error_of([&] { load(world, request); }), testing::StartsWith("couldn't find env file"));
}

TEST(Load, WarnsOfUnsetVariablesOnce)
{
    SmallWorld world{web("    command: [\"$NONE\", \"$NONE\"]\n")};
    EXPECT_THAT(load(world).warnings, testing::ElementsAre("The \"NONE\" variable is not set. Defaulting to a blank string."));
}

TEST(Load, ScalarsAndCommandsAreReplaced)
{
    const auto made = merged(web("    command: a b\n    user: one\n    entrypoint: [x]\n"), over("    command: [c]\n    user: two\n"));
    EXPECT_EQ(made["command"], nlohmann::ordered_json{"c"});
    EXPECT_EQ(made["user"], "two");
    EXPECT_EQ(made["entrypoint"], nlohmann::ordered_json{"x"});
}

TEST(Load, PairsAreMergedByName)
{
    const auto made = merged(web("    environment:\n      - A=1\n      - B=2\n    labels: {x: 1}\n"), over("    environment: {B: 3, C: 4}\n    labels: [y=2]\n"));
    EXPECT_EQ(made["environment"], (nlohmann::ordered_json{{"A", "1"}, {"B", "3"}, {"C", "4"}}));
    EXPECT_EQ(made["labels"], (nlohmann::ordered_json{{"x", "1"}, {"y", "2"}}));
}

TEST(Load, ListsAreAppendedAndMadeUnique)
{
    const auto made = merged(web("    ports: ['80:80']\n    volumes: ['./a:/data', 'v:/v']\n    cap_add: [A]\n    dns: 1.1.1.1\n") + "volumes: {v: }\n",
                             over("    ports: ['80:80', '81:81']\n    volumes: ['./b:/data']\n    cap_add: [B, A]\n    dns: [2.2.2.2]\n"));
    ASSERT_EQ(made["ports"].size(), 2U);
    EXPECT_EQ(made["ports"][1]["published"], "81");
    ASSERT_EQ(made["volumes"].size(), 2U);
    EXPECT_EQ(made["volumes"][0]["source"], "/home/me/shop/b");
    EXPECT_EQ(made["cap_add"], (nlohmann::ordered_json{"A", "B"}));
    EXPECT_EQ(made["dns"], (nlohmann::ordered_json{"1.1.1.1", "2.2.2.2"}));
}

TEST(Load, ShortFormsMeetLongForms)
{
    const std::string more = "  db: {image: d}\n  mq: {image: m}\n";
    const auto made = merged(web("    depends_on: [db]\n    build: .\n") + more,
                             over("    depends_on: {mq: {condition: service_healthy}}\n    build: {target: t}\n    networks: [default]\n"));
    EXPECT_EQ(made["depends_on"]["db"]["condition"], "service_started");
    EXPECT_EQ(made["depends_on"]["mq"]["condition"], "service_healthy");
    EXPECT_EQ(made["build"]["context"], "/home/me/shop");
    EXPECT_EQ(made["build"]["target"], "t");
}

TEST(Load, ResetRemovesAndOverrideReplaces)
{
    const auto made = merged(web("    ports: ['80:80']\n    environment: {A: 1, B: 2}\n    volumes: ['/a:/a']\n    user: x\n"),
                             over("    ports: !reset []\n    environment: {A: !reset null}\n    volumes: !override ['/b:/b']\n    user: !reset null\n"));
    EXPECT_FALSE(made.contains("ports"));
    EXPECT_FALSE(made.contains("user"));
    EXPECT_EQ(made["environment"], (nlohmann::ordered_json{{"B", "2"}}));
    ASSERT_EQ(made["volumes"].size(), 1U);
    EXPECT_EQ(made["volumes"][0]["target"], "/b");
}

TEST(Load, ResetDropsAServiceWhateverStandsBehindIt)
{
    for (const char* value : {"null", "~", "{}", "[]", "{image: j}", "x", ""}) {
        SmallWorld world{web("  db: {image: d}\n")};
        world.files["/home/me/shop/compose.override.yaml"] = cat("services:\n  db: !reset ", value, "\n");
        const Project project = load(world);
        EXPECT_EQ(project.find_service("db"), nullptr) << value;
        EXPECT_NE(project.find_service("web"), nullptr) << value;
    }
}

TEST(Load, LoggingOptionsStayWithTheirDriver)
{
    EXPECT_EQ(merged(web("    logging: {driver: json-file, options: {max-size: 1m}}\n"), over("    logging: {options: {tag: t}}\n"))["logging"]["options"],
              (nlohmann::ordered_json{{"max-size", "1m"}, {"tag", "t"}}));
    EXPECT_EQ(merged(web("    logging: {driver: json-file, options: {max-size: 1m}}\n"), over("    logging: {driver: journald}\n"))["logging"],
              (nlohmann::ordered_json{{"driver", "journald"}}));
}

TEST(Load, ExtendsServicesOfThisAndOtherFiles)
{
    SmallWorld world{"services:\n  base:\n    image: i\n    environment: {A: 1, B: 1}\n    command: x\n"
                     "  web:\n    extends: base\n    environment: {B: 2}\n"
                     "  far:\n    extends: {file: other/common.yaml, service: app}\n    user: me\n"};
    world.files["/home/me/shop/other/common.yaml"] = "services:\n  app:\n    extends: root\n    volumes: ['./data:/data']\n  root:\n    image: r\n";
    const Project project = load(world);
    EXPECT_EQ(service_of(project, "web")["environment"], (nlohmann::ordered_json{{"A", "1"}, {"B", "2"}}));
    EXPECT_EQ(service_of(project, "web")["command"], nlohmann::ordered_json{"x"});
    EXPECT_EQ(service_of(project, "far")["image"], "r");
    EXPECT_EQ(service_of(project, "far")["volumes"][0]["source"], "/home/me/shop/other/data");

    EXPECT_THAT(error_of([] { load(SmallWorld{web("    extends: none\n")}); }), testing::HasSubstr("service 'none' not found"));
    EXPECT_THAT(error_of([] { load(SmallWorld{"services:\n  a: {extends: b}\n  b: {extends: a}\n"}); }), testing::HasSubstr("Circular reference"));
    EXPECT_THAT(error_of([] { load(SmallWorld{web("    extends: {file: none.yaml, service: x}\n")}); }), testing::HasSubstr("no such file"));
}

/// s0 stands on s1, that on s2, and so on.
std::string chain_of(unsigned links, const std::string& key)
{
    std::string text = "services:\n";
    for (unsigned i = 0; i < links; ++i)
        text += cat("  s", i, ": {image: i, ", key, ": ", key == "depends_on" ? cat("[s", i + 1, "]") : cat("s", i + 1), "}\n");
    return text + cat("  s", links, ": {image: i}\n");
}

/// The same from the last to the first.
std::string chain_backwards(unsigned links, const std::string& key)
{
    std::string text = "services:\n  s0: {image: i}\n";
    for (unsigned i = 1; i <= links; ++i)
        text += cat("  s", i, ": {image: i, ", key, ": ", key == "depends_on" ? cat("[s", i - 1, "]") : cat("s", i - 1), "}\n");
    return text;
}

TEST(Load, ChainsAreBounded)
{
    for (const char* key : {"extends", "depends_on"}) {
        SCOPED_TRACE(key);
        EXPECT_EQ(load(SmallWorld{chain_of(100, key)}).services.size(), 101U);
        EXPECT_EQ(load(SmallWorld{chain_backwards(100, key)}).services.size(), 101U);
        for (const std::string& text : {chain_of(101, key), chain_backwards(101, key)})
            EXPECT_THAT(error_of([&] { load(SmallWorld{text}); }), testing::ContainsRegex("compose.yaml:[0-9]+: service .* more than 100"));
    }
    ProjectRequest unchecked;
    unchecked.check = false;
    const Project project = load(SmallWorld{chain_of(3000, "depends_on")}, {}, unchecked);
    EXPECT_THAT(error_of([&] { (void)project.in_order({"s0"}, true); }), testing::HasSubstr("more than 100 dependencies"));
}

TEST(Load, WhatVariablesBecomeIsBounded)
{
    LoadRequest small;
    small.budget_bytes = 64U << 10U;
    std::string doubling = cat("V0=", std::string(128, 'x'), "\n");
    for (unsigned i = 1; i <= 4; ++i)
        doubling += cat("V", i, "=$V", i - 1, "$V", i - 1, "\n");
    std::string labels = "    labels:\n";
    for (unsigned i = 0; i < 40; ++i)
        labels += cat("      l", i, ": $V4\n");
    SmallWorld world{web(labels)};
    world.files["/home/me/shop/.env"] = doubling;
    EXPECT_THAT(error_of([&] { load(world, small); }), testing::ContainsRegex("^compose.yaml:[0-9]+: .*more than 64KiB"));
    EXPECT_EQ(error_of([&] { load(world); }), "no error");

    std::string repeated = doubling;
    for (unsigned i = 0; i < 40; ++i)
        repeated += cat("W", i, "=$V4\n");
    SmallWorld of_env{web("")};
    of_env.files["/home/me/shop/.env"] = repeated;
    EXPECT_THAT(error_of([&] { load(of_env, small); }), testing::ContainsRegex("^/home/me/shop/.env:[0-9]+: .*more than 64KiB"));

    std::string many = "services:\n";
    for (unsigned i = 0; i < 40; ++i)
        many += cat("  s", i, ": {image: i, env_file: big.env}\n");
    SmallWorld of_files{many};
    of_files.files["/home/me/shop/big.env"] = cat("A=", std::string(2048, 'x'), "\n");
    EXPECT_THAT(error_of([&] { load(of_files, small); }), testing::HasSubstr("more than 64KiB"));

    std::string wide = cat("services:\n  base: {image: i, command: [", std::string(2048, 'x'), "]}\n");
    for (unsigned i = 0; i < 40; ++i)
        wide += cat("  s", i, ": {extends: base}\n");
    EXPECT_THAT(error_of([&] { load(SmallWorld{wide}, small); }), testing::ContainsRegex("compose.yaml:[0-9]+: .*more than 64KiB"));
}

TEST(Load, WhatSecretsAndConfigsHoldIsBounded)
{
    LoadRequest small;
    small.budget_bytes = 64U << 10U;
    for (const std::string& source : {std::string{"file: ./large"}, std::string{"environment: LARGE"}}) {
        SCOPED_TRACE(source);
        const auto project_of = [&](unsigned count) {
            std::string text = "configs:\n";
            std::string grants = "    configs:\n";
            for (unsigned i = 0; i < count; ++i) {
                text += cat("  c", i, ": {", source, "}\n");
                grants += cat("      - c", i, "\n");
            }
            SmallWorld world{text + web(grants)};
            world.files["/home/me/shop/large"] = std::string(2048, 'x');
            world.environment["LARGE"] = std::string(2048, 'x');
            return world;
        };
        EXPECT_EQ(error_of([&] { load(project_of(20), small); }), "no error");
        EXPECT_THAT(error_of([&] { load(project_of(40), small); }), testing::ContainsRegex("^compose.yaml:[0-9]+: .*more than 64KiB"));
    }
}

/// "LINE" for each number below `count`, with the number for "#".
std::string lines_of(unsigned count, const std::string& line)
{
    std::string text;
    for (unsigned i = 0; i < count; ++i)
        text += cat(line.substr(0, line.find('#')), i, line.substr(line.find('#') + 1), "\n");
    return text;
}

/// What loading a file and the same as its override takes. Processor time, so that a busy machine does not count; the best of three.
std::clock_t load_time_of(const std::string& text)
{
    SmallWorld world{text};
    world.files["/home/me/shop/compose.override.yaml"] = text;
    std::clock_t best = std::numeric_limits<std::clock_t>::max();
    for (int round = 0; round < 3; ++round) {
        const std::clock_t begin = std::clock();
        EXPECT_EQ(error_of([&] { (void)fingerprint_text(load(world).model); }), "no error");
        best = std::min(best, std::clock() - begin);
    }
    return best;
}

/// Looking for each key among all the others took minutes: four times as many took sixteen times as long.
TEST(Load, ManyKeysTakeTimeByTheirNumber)
{
    using TextOf = std::function<std::string(unsigned count)>;
    const TextOf cases[] = {
        [](unsigned count) { return "x-a:\n" + lines_of(count, "  a_long_common_prefix_#: 1") + web(""); },
        [](unsigned count) { return web("    environment:\n" + lines_of(count, "      a_long_common_prefix_#: 1")); },
        [](unsigned count) { return web("    environment:\n" + lines_of(count, "      - a_long_common_prefix_#=1")); },
        [](unsigned count) { return web("    dns_opt:\n" + lines_of(count, "      - a_long_common_prefix_#")); },
        [](unsigned count) { return web(cat("    ports: [1-", count, ":1-", count, "]\n")); },
    };
    for (const TextOf& text_of : cases) {
        SCOPED_TRACE(text_of(1));
        EXPECT_LT(load_time_of(text_of(4000)), 10 * load_time_of(text_of(1000)));
    }
}

TEST(Load, IncludesFilesWithTheirOwnDirectoryAndVariables)
{
    SmallWorld world{"include:\n  - db/compose.yaml\n  - path: mq/mq.yaml\n    env_file: mq.env\nservices:\n  web:\n    image: i\n    depends_on: [db]\n"};
    world.files["/home/me/shop/db/compose.yaml"] = "services:\n  db:\n    image: pg:${V}\n    volumes: ['./data:/d']\n";
    world.files["/home/me/shop/db/.env"] = "V=15\n";
    world.files["/home/me/shop/mq/mq.yaml"] = "services:\n  mq:\n    image: mq:${V}\n";
    world.files["/home/me/shop/mq.env"] = "V=3\n";
    const Project project = load(world);
    EXPECT_EQ(project.service("db").image, "pg:15");
    EXPECT_EQ(project.service("mq").image, "mq:3");
    EXPECT_EQ(service_of(project, "db")["volumes"][0]["source"], "/home/me/shop/db/data");

    world.files["/home/me/shop/db/compose.yaml"] = "include: [../compose.yaml]\n";
    EXPECT_THAT(error_of([&] { load(world); }), testing::HasSubstr("include cycle detected"));
}

TEST(Load, WhatIncludesGoesOnTopOfWhatIsIncluded)
{
    SmallWorld world{"include: [db.yaml]\nservices:\n  db:\n    image: mine\n"};
    world.files["/home/me/shop/db.yaml"] = "services:\n  db:\n    image: theirs\n    user: u\n";
    const Project project = load(world);
    EXPECT_EQ(project.service("db").image, "mine");
    EXPECT_EQ(service_of(project, "db")["user"], "u");
    EXPECT_THAT(project.warnings, testing::Contains(testing::HasSubstr("both are merged")));
}

TEST(Load, SeveralFilesAreMergedFromLeftToRight)
{
    SmallWorld world;
    world.files["/home/me/shop/a.yaml"] = web("    user: a\n");
    world.files["/home/me/shop/b.yaml"] = over("    user: b\n");
    LoadRequest request;
    request.files = {"a.yaml", "b.yaml"};
    EXPECT_EQ(service_of(load(world, request), "web")["user"], "b");
    request.files = {"a.yaml", "none.yaml"};
    EXPECT_THAT(error_of([&] { load(world, request); }), testing::HasSubstr("none.yaml: no such file or directory"));
    world.environment["COMPOSE_FILE"] = "b.yaml:a.yaml";
    EXPECT_EQ(service_of(load(world), "web")["user"], "a");
}

} // namespace
} // namespace skiff::compose
