#include "support.hpp"

namespace skiff::compose {
namespace {

std::string web(const std::string& keys) { return "services:\n  web:\n    image: i\n" + keys; }
std::string error_in(const std::string& text)
{
    return error_of([&] { load(SmallWorld{text}); });
}

TEST(Project, TellsFileLineAndTheLikelyFix)
{
    const std::pair<std::string, const char*> cases[] = {
        {"web:\n  image: i\n", "compose.yaml:1: Additional property web is not allowed | 'web' looks like a service: indent it below services:"},
        {"image: i\n", "compose.yaml:1: Additional property image is not allowed | 'image' is a key of a service: it belongs below services:"},
        {web("    build: .\n    args: {A: 1}\n"), "compose.yaml:5: services.web Additional property args is not allowed | 'args' is a key of build"},
        {web("    enviroment: {A: 1}\n"), "compose.yaml:4: services.web Additional property enviroment is not allowed | did you mean 'environment'?"},
        {web("    ports: 80\n"), "compose.yaml:4: services.web.ports must be a list, not a text | write ports: [\"80\"]"},
        {web("    ports:\n      -\"80:80\"\n"), "compose.yaml:5: services.web.ports must be a list, not a text | a blank stands behind the dash of an element: - \"80:80\""},
        {web("    ports:\n      80: 80\n"), "compose.yaml:5: services.web.ports must be a list, not a mapping | each element stands on a line of its own"},
        {web("    ports: ['80:80 x']\n"), "compose.yaml:4: invalid port: there is a blank behind '80:80' | is a closing quote missing on this line?"},
        {web("    depends_on: db\n"), "compose.yaml:4: services.web.depends_on must be a list or a mapping, not a text | write depends_on: [db]"},
        {web("    networks: front\n"), "compose.yaml:4: services.web.networks must be a list or a mapping, not a text | write networks: [front]"},
        {web("    environment: [A: 1]\n"), "compose.yaml:4: services.web.environment is a list, and its element 'A' a mapping | write A=1, or leave out the dashes"},
        {web("    extends: wep\n"), "compose.yaml:4: cannot extend service 'web': service 'wep' not found in compose.yaml | did you mean 'web'?"},
        {web("  volumes:\n    data:\n"), "compose.yaml:5: services.volumes Additional property data is not allowed | 'volumes' is read as a service"},
        {web("    privileged: maybe\n"), "compose.yaml:4: services.web.privileged must be true or false, not 'maybe'"},
        {web("    stop_grace_period: 10\n"), "compose.yaml:4: services.web.stop_grace_period must be a duration, not '10' | durations need a unit"},
        {web("    mem_limit: lots\n"), "compose.yaml:4: services.web.mem_limit must be a size, not 'lots'"},
        {"services:\n  web:\n    image: [a]\n", "compose.yaml:3: services.web.image must be a text, not a list"},
        {"services: [a]\n", "compose.yaml:1: services must be a mapping, not a list | leave the dashes out"},
        {"volumes: data\n" + web(""), "compose.yaml:1: volumes must be a mapping, not a text | each name stands on a line of its own, indented: data:"},
        {"services:\n  web:\n", "compose.yaml:2: services.web must be a mapping"},
        {"- a\n", "compose.yaml:1: the file must be a mapping, not a list"},
        {web("    ports: ['80:x']\n"), "compose.yaml:4: invalid port 'x' in '80:x'"},
        {web("    ports: ['80:80:80:80']\n"), "compose.yaml:4: invalid IP address '80:80' | ports are [ADDRESS:]"},
        {web("    command: [a: b]\n"), "compose.yaml:4: services.web.command holds a mapping where a text is expected"},
        {web("    healthcheck: {test: [curl, x]}\n"), "compose.yaml:4: services.web.healthcheck.test must begin with NONE, CMD or CMD-SHELL, not 'curl'"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(error_in(text), testing::StartsWith(expected)) << text;
}

TEST(Project, KeysOfServicesThatAreOffAreNotWarnedOf)
{
    const SmallWorld world{web("    runtime: r\n  db: {image: d, profiles: [extra], runtime: r}\nnetworks: {n: {ipam: {options: {a: b}}}}\n")};

    EXPECT_THAT(load(world).warnings, testing::UnorderedElementsAre(testing::HasSubstr("services.web.runtime is ignored"), testing::HasSubstr("networks.n.ipam.options is ignored")));
    ProjectRequest all;
    all.profiles = {"extra"};
    EXPECT_THAT(load(world, {}, all).warnings, testing::Contains(testing::HasSubstr("services.db.runtime is ignored")));
}

TEST(Project, HasADefaultPlatform)
{
    SmallWorld world{web("  db: {image: d, platform: linux/riscv64}\n")};
    world.environment["DOCKER_DEFAULT_PLATFORM"] = "linux/arm64";

    const Project project = load(world);

    EXPECT_EQ(service_of(project, "web")["platform"], "linux/arm64");
    EXPECT_EQ(service_of(project, "db")["platform"], "linux/riscv64");
}

TEST(Project, SaysNoMoreThanItsFilesWithoutNormalising)
{
    ProjectRequest request;
    request.normalise = false;
    const Project project = load(SmallWorld{web("    links: [db]\n  db: {image: d}\n")}, {}, request);

    EXPECT_EQ(project.model.find("networks"), nullptr);
    EXPECT_EQ(project.model.find("services")->find("web")->find("depends_on"), nullptr);
}

TEST(Project, ContainersOfItsOwnAreServices)
{
    const Project project = load(SmallWorld{web("    network_mode: container:shop-db-1\n    pid: container:mine\n    volumes_from: ['container:mine:ro', 'container:x']\n"
                                               "    ipc: container:shop-none-1\n  db: {image: d}\n  other: {image: o, container_name: mine}\n")});

    const auto made = service_of(project, "web");
    EXPECT_EQ(made["network_mode"], "service:db");
    EXPECT_EQ(made["pid"], "service:other");
    EXPECT_EQ(made["ipc"], "container:shop-none-1");
    EXPECT_EQ(made["volumes_from"], (nlohmann::ordered_json{"other:ro", "container:x"}));
    EXPECT_EQ(project.in_order({}, true).back()->name, "web");
}

TEST(Project, ChecksThatAllFitsTogether)
{
    const std::pair<std::string, const char*> cases[] = {
        {"services:\n  web:\n    user: x\n", "service \"web\" has neither an image nor a build context specified"},
        {"services:\n  web:\n    image: ''\n", "service \"web\" has neither an image nor a build context specified"},
        {"services:\n  web:\n    image: --all-tags\n", "compose.yaml:3: services.web.image: '--all-tags': invalid reference format"},
        {web("    container_name: -x\n"), "compose.yaml:4: services.web.container_name: '-x' does not match"},
        {web("    container_name: one\n  db: {image: d, container_name: one}\n"), "container name \"one\" is already in use by service"},
        {web("    networks: [back]\n"), "service \"web\" refers to undefined network back"},
        {web("    volumes: ['data:/data']\n"), "service \"web\" refers to undefined volume data"},
        {web("    secrets: [key]\n"), "service \"web\" refers to undefined secret key"},
        {web("    configs: [key]\n"), "service \"web\" refers to undefined config key"},
        {web("    depends_on: [db]\n"), "service \"web\" depends on undefined service \"db\""},
        {web("    network_mode: service:db\n"), "service \"db\" not found for network_mode 'service:db'"},
        {web("    network_mode: host\n    networks: [default]\n"), "service web declares mutually exclusive network_mode and networks"},
        {web("    external_links: ['redis_1:redis']\n"), "compose.yaml:4: services.web.external_links: another name for redis_1 is not supported"},
        {web("    restart: sometimes\n"), "compose.yaml:4: services.web.restart: 'sometimes' is not known"},
        {web("    restart: on-failure:x\n"), "services.web.restart: 'on-failure:x' is not known"},
        {web("    restart: always:3\n"), "services.web.restart: 'always:3' is not known"},
        {web("    deploy: {restart_policy: {condition: sometimes}}\n"), "services.web.deploy.restart_policy.condition: 'sometimes' is not known"},
        {web("    healthcheck: {test: x, start_interval: 1s}\n"),
         "compose.yaml:4: services.web.healthcheck.start_interval requires healthcheck.start_period to be set"},
        {web("    depends_on: [db]\n  db: {image: d, depends_on: [web]}\n"), "dependency cycle detected: web -> db -> web"},
        {web("    scale: 2\n    deploy: {replicas: 3}\n"), "services.web: can't set distinct values on 'scale' and 'deploy.replicas'"},
        {web("    scale: 2\n    container_name: w\n"), "services.web: can't set container_name and scale as container name must be unique"},
        {web("    volumes: ['/a:/d', '/b:/c']\n    tmpfs: /d\n"), "target /d already mounted as services.web.volumes[0]"},
        {web("    build: {context: ., dockerfile: D, dockerfile_inline: X}\n"), "service \"web\" declares mutualy exclusive dockerfile and dockerfile_inline"},
        {web("    platform: linux/arm64\n    build: {context: ., platforms: [linux/amd64]}\n"), "service.build.platforms MUST include service.platform \"linux/arm64\""},
        {web("    secrets: [k]\n") + "secrets: {k: {}}\n", "secret \"k\" must declare either file or environment"},
        {web("    labels: {com.docker.compose.project: x}\n"), "services.web.labels: the prefix com.docker.compose is reserved"},
        {web("    develop: {watch: [{path: ., action: sync}]}\n"), "services.web.develop.watch: target is required for non-rebuild actions"},
        {web("    depends_on: [db]\n  db: {image: d, profiles: [p]}\n"), "service db is required by web but is disabled. Can be enabled by profiles [p]"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(error_in(text), testing::AllOf(testing::HasSubstr(expected), testing::HasSubstr(": invalid compose project"))) << text;
}

TEST(Project, WritesShortFormsOut)
{
    const Project project = load(SmallWorld{web("    ports: ['127.0.0.1:8080:80/udp', '3000-3001:3000-3001', 9]\n"
                                                "    volumes: ['./src:/src:ro', 'data:/data', '/anonymous', '~/x:/x']\n"
                                                "    healthcheck: {test: curl x, interval: 90s}\n    mem_limit: 1g\n    extra_hosts: ['a:1.2.3.4', 'b=::1']\n") +
                                            "volumes:\n  data:\n"});
    const auto made = service_of(project, "web");
    EXPECT_EQ(made["ports"][0], (nlohmann::ordered_json{{"host_ip", "127.0.0.1"}, {"mode", "ingress"}, {"protocol", "udp"}, {"published", "8080"}, {"target", 80}}));
    EXPECT_EQ(made["ports"][2]["target"], 3001);
    EXPECT_FALSE(made["ports"][3].contains("published"));
    EXPECT_EQ(made["volumes"][0]["source"], "/home/me/shop/src");
    EXPECT_EQ(made["volumes"][0]["read_only"], true);
    EXPECT_EQ(made["volumes"][1]["type"], "volume");
    EXPECT_FALSE(made["volumes"][2].contains("source"));
    EXPECT_EQ(made["volumes"][3]["source"], "/home/me/x");
    EXPECT_EQ(made["healthcheck"]["test"], (nlohmann::ordered_json{"CMD-SHELL", "curl x"}));
    EXPECT_EQ(made["healthcheck"]["interval"], "1m30s");
    EXPECT_EQ(made["mem_limit"], "1073741824");
    EXPECT_EQ(made["extra_hosts"]["b"][0], "::1");
    EXPECT_EQ(made["networks"], (nlohmann::ordered_json{{"default", nullptr}}));
    EXPECT_EQ(project.find_network("default")->name, "shop_default");
    EXPECT_EQ(project.find_volume("data")->name, "shop_data");
}

TEST(Project, ResolvesTheEnvironment)
{
    SmallWorld world{web("    env_file: [a.env, {path: b.env, required: false}]\n    environment:\n      - B=own\n      - HOME\n      - NONE\n")};
    world.files["/home/me/shop/a.env"] = "A=1\nB=2\n";
    EXPECT_EQ(service_of(load(world), "web")["environment"], (nlohmann::ordered_json{{"A", "1"}, {"B", "own"}, {"HOME", "/home/me"}}));
    world.files.erase("/home/me/shop/a.env");
    EXPECT_THAT(error_of([&] { load(world); }), testing::HasSubstr("env file /home/me/shop/a.env not found"));
}

TEST(Project, ReadsTheEnvFilesOfThoseThatNeedThem)
{
    SmallWorld world{web("    links: [db]\n  db: {image: d, env_file: db.env, environment: [HOME]}\n"
                         "  other: {image: o, env_file: none.env, label_file: none.labels, build: {context: ., args: [HOME, NONE]}}\n")};
    world.files["/home/me/shop/db.env"] = "A=1\nHOME=x\n";
    Project project = make_project(world, load_document(world, {}), {});
    EXPECT_EQ(service_of(project, "other")["build"]["args"], (nlohmann::ordered_json{{"HOME", "/home/me"}}));
    EXPECT_EQ(project.service("db").hash, "");
    EXPECT_EQ(project.service("other").hash, "");

    read_env_files(project, world, {"web"}, false);
    EXPECT_EQ(project.service("db").hash, "");
    for (int again = 0; again < 2; ++again) {
        read_env_files(project, world, {"web"}, true);
        EXPECT_EQ(service_of(project, "db")["environment"], (nlohmann::ordered_json{{"A", "1"}, {"HOME", "/home/me"}}));
        EXPECT_EQ(to_json(*project.model.find("services")->find("db")), service_of(project, "db"));
    }
    EXPECT_EQ(project.service("db").hash, load(SmallWorld{web("  db: {image: d, environment: {A: '1', HOME: /home/me}}\n")}).service("db").hash);

    EXPECT_THAT(error_of([&] { read_env_files(project, world, {}, true); }), testing::HasSubstr("env file /home/me/shop/none.env not found"));
    EXPECT_THAT(error_of([&] { read_env_files(project, world, {"wbe"}, true); }), testing::StartsWith("no such service: wbe"));
}

TEST(Project, ReservedLabelsOfFilesAreRefused)
{
    SmallWorld world{web("    label_file: my.labels\n")};
    world.files["/home/me/shop/my.labels"] = "com.docker.compose.project=x\n";
    EXPECT_THAT(error_of([&] { load(world); }), testing::HasSubstr("the prefix com.docker.compose is reserved"));
}

TEST(Project, AppliesProfiles)
{
    SmallWorld world{web("") + "  debug: {image: d, profiles: [dev, test]}\n"};
    EXPECT_EQ(load(world).find_service("debug"), nullptr);
    ProjectRequest request;
    request.profiles = {"test"};
    EXPECT_NE(load(world, {}, request).find_service("debug"), nullptr);
    request.profiles = {"*"};
    EXPECT_NE(load(world, {}, request).find_service("debug"), nullptr);
    request.profiles = {};
    request.named = {"debug"};
    EXPECT_NE(load(world, {}, request).find_service("debug"), nullptr);
    EXPECT_THAT(error_of([&] { (void)load(world).service("debug"); }), testing::HasSubstr("--profile dev"));
    EXPECT_THAT(error_of([&] { (void)load(world).service("wbe"); }), testing::StartsWith("no such service: wbe | did you mean 'web'?"));
}

TEST(Project, HashesWhatMakesAContainer)
{
    const auto hash = [](const std::string& keys) { return load(SmallWorld{web(keys)}).service("web").hash; };
    const std::string plain = hash("");
    EXPECT_EQ(plain.size(), 64U);
    EXPECT_EQ(plain, hash("    scale: 3\n    pull_policy: always\n"));
    EXPECT_EQ(plain, hash("    deploy: {replicas: 2}\n"));
    EXPECT_NE(plain, hash("    user: me\n"));
    EXPECT_EQ(hash("    environment: [A=1, B=2]\n"), hash("    environment: {B: 2, A: 1}\n"));
}

TEST(Project, PutsDependenciesFirst)
{
    const Project project = load(SmallWorld{web("    depends_on: [db]\n  db: {image: d}\n  aaa: {image: a, depends_on: [web]}\n")});
    std::string order;
    for (const Service* service : project.in_order({}, true))
        order += service->name + " ";
    EXPECT_EQ(order, "db web aaa ");
    EXPECT_EQ(project.in_order({"web"}, true).size(), 2U);
    EXPECT_EQ(project.in_order({"web"}, false).size(), 1U);
}

TEST(Project, WarnsOfWhatHasNoEffect)
{
    const Project project = load(SmallWorld{"version: '3.8'\n" + web("    blkio_config: {weight: 300}\n")});
    EXPECT_THAT(project.warnings, testing::Contains(testing::HasSubstr("compose.yaml:1: the attribute `version` is obsolete")));
    EXPECT_THAT(project.warnings, testing::Contains(testing::HasSubstr("services.web.blkio_config is ignored")));
}

} // namespace
} // namespace skiff::compose
