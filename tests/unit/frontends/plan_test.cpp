#include "support.hpp"

#include "frontends/compose/plan.hpp"
#include "frontends/compose/plan_image.hpp"
#include "frontends/compose/plan_lines.hpp"

namespace skiff::compose {
namespace {

const std::string two = "services:\n  web:\n    image: i\n    environment: {A: 1}\n    depends_on: {db: {condition: service_healthy}}\n"
                        "  db:\n    image: d\n    volumes: ['data:/data']\nvolumes:\n  data:\n";

Existing container(const Project& project, const std::string& service, unsigned number = 1)
{
    Existing one;
    one.id = cat(service, number, "-id");
    one.name = project.service(service).container_name_of(project.name, number);
    one.service = service;
    one.number = number;
    one.hash = project.service(service).hash;
    one.key_hashes = project.service(service).key_hashes;
    one.image_id = cat(project.service(service).image, "-id");
    one.status = ContainerStatus::Running;
    return one;
}

/// All is as the project wants it.
Facts settled(const Project& project)
{
    Facts facts;
    for (const Service& service : project.services) {
        facts.containers.push_back(container(project, service.name));
        facts.images[service.image] = cat(service.image, "-id");
    }
    for (const Resource& network : project.networks)
        facts.networks[network.name] = {network.name, network.hash, project.name};
    for (const Resource& volume : project.volumes)
        facts.volumes[volume.name] = {volume.name, volume.hash, project.name};
    return facts;
}

std::string plan(const Project& project, const Facts& facts, const PlanOptions& options = {}) { return describe(make_plan(project, facts, options), false); }

TEST(Plan, MakesEverythingInOrder)
{
    const Project project = load(SmallWorld{two});
    EXPECT_EQ(plan(project, {}), "+ network shop_default is created: there is none\n"
                                 "+ volume shop_data is created: there is none\n"
                                 "+ container shop-db-1 is created: there is none\n"
                                 "+ container shop-web-1 is created: there is none; starts when db is healthy\n");
    const Plan made = make_plan(project, {}, {});
    for (std::size_t i = 0; i < made.actions.size(); ++i)
        for (const std::size_t before : made.actions[i].after)
            EXPECT_LT(before, i);
}

TEST(Plan, DoesNothingWhenNothingChanged)
{
    const Project project = load(SmallWorld{two});
    EXPECT_TRUE(make_plan(project, settled(project), {}).is_empty());
    EXPECT_EQ(plan(project, settled(project)), "");
}

TEST(Plan, RecreatesOnlyWhatChangedAndSaysWhat)
{
    const Facts facts = settled(load(SmallWorld{two}));
    std::string changed = two;
    changed.replace(changed.find("A: 1"), 4, "A: 2");
    EXPECT_EQ(plan(load(SmallWorld{changed}), facts), "~ container shop-web-1 is recreated: environment changed; starts when db is healthy\n");
}

TEST(Plan, RecreatesForAnotherImageNetworkAndOnRequest)
{
    const Project project = load(SmallWorld{two});
    Facts facts = settled(project);
    facts.images["d"] = "newer";
    EXPECT_EQ(plan(project, facts), "~ container shop-db-1 is recreated: image d is another one\n");

    facts = settled(project);
    facts.networks["shop_default"].hash = "other";
    EXPECT_THAT(plan(project, facts), testing::StartsWith("~ network shop_default is recreated: its configuration changed\n"
                                                          "~ container shop-db-1 is recreated: its network is made anew\n"));

    PlanOptions options;
    options.services = {"db"};
    EXPECT_THAT(plan(project, facts, options), testing::HasSubstr("~ container shop-web-1 is recreated: its network is made anew"));
    options.services = {"web"};
    options.force_recreate = true;
    EXPECT_EQ(plan(project, settled(project), options), "~ container shop-web-1 is recreated: --force-recreate; starts when db is healthy\n");
    options.always_recreate_dependencies = true;
    EXPECT_THAT(plan(project, settled(project), options), testing::StartsWith("~ container shop-db-1 is recreated: --always-recreate-deps\n"));
    options.with_dependencies = false;
    EXPECT_EQ(plan(project, settled(project), options), "~ container shop-web-1 is recreated: --force-recreate\n");
}

TEST(Plan, StartsWhatStands)
{
    const Project project = load(SmallWorld{two});
    Facts facts = settled(project);
    facts.containers[0].status = ContainerStatus::Exited;
    EXPECT_EQ(plan(project, facts), "> container shop-db-1 is started: it does not run\n");
}

TEST(Plan, ScalesUpAndDown)
{
    const Project project = load(SmallWorld{two});
    Facts facts = settled(project);
    PlanOptions options;
    options.scale["web"] = 3;
    EXPECT_EQ(plan(project, facts, options), "+ container shop-web-2 is created: there is none; starts when db is healthy\n"
                                             "+ container shop-web-3 is created: there is none; starts when db is healthy\n");
    facts.containers.push_back(container(project, "web", 2));
    facts.containers.push_back(container(project, "web", 3));
    options.scale["web"] = 1;
    EXPECT_EQ(plan(project, facts, options), "- container shop-web-2 is removed: the service has 1 container\n"
                                             "- container shop-web-3 is removed: the service has 1 container\n");
    // A gap is filled.
    std::erase_if(facts.containers, [](const Existing& one) { return one.name == "shop-web-2"; });
    options.scale["web"] = 3;
    EXPECT_EQ(plan(project, facts, options), "+ container shop-web-2 is created: there is none; starts when db is healthy\n");
}

TEST(Plan, TellsOfOrphans)
{
    const Project project = load(SmallWorld{two});
    Facts facts = settled(project);
    Existing gone = container(project, "web");
    gone.service = "old";
    gone.name = "shop-old-1";
    facts.containers.push_back(gone);
    EXPECT_EQ(make_plan(project, facts, {}).orphans, std::vector<std::string>{"shop-old-1"});
    PlanOptions options;
    options.remove_orphans = true;
    EXPECT_EQ(plan(project, facts, options), "- container shop-old-1 is removed: there is no service old any more\n");
}

TEST(Plan, RestartsDependentsThatAskForIt)
{
    const std::string text = "services:\n  web:\n    image: i\n    depends_on: {db: {condition: service_started, restart: true}}\n  db: {image: d}\n";
    const Project project = load(SmallWorld{text});
    Facts facts = settled(project);
    facts.images["d"] = "newer";
    EXPECT_EQ(plan(project, facts), "~ container shop-db-1 is recreated: image d is another one\n"
                                    "> container shop-web-1 is restarted: db is made anew, and depends_on says restart: true\n");
}

TEST(Plan, WhatSharesNamespacesIsMadeAnewThoughNobodyNamedIt)
{
    const Project project = load(SmallWorld{"services:\n  third: {image: i, pid: 'service:second'}\n  second: {image: i, network_mode: 'service:first'}\n"
                                            "  first: {image: f}\n  apart: {image: i}\n"});
    Facts facts = settled(project);
    facts.images["f"] = "newer";
    PlanOptions options;
    options.services = {"first"};
    options.with_dependencies = false;
    const std::string expected = "~ container shop-first-1 is recreated: image f is another one\n"
                                 "~ container shop-second-1 is recreated: it shares namespaces with first, which is made anew\n"
                                 "~ container shop-third-1 is recreated: it shares namespaces with second, which is made anew\n";
    EXPECT_EQ(plan(project, facts, options), expected);
    EXPECT_EQ(plan(project, facts), expected);

    // What does not run is not started by the way; what does not exist is not made.
    std::erase_if(facts.containers, [](const Existing& one) { return one.service == "third"; });
    const auto second = std::find_if(facts.containers.begin(), facts.containers.end(), [](const Existing& one) { return one.service == "second"; });
    second->status = ContainerStatus::Exited;
    const Plan made = make_plan(project, facts, options);
    EXPECT_EQ(made.actions.size(), 3U);
    EXPECT_EQ(made.actions.back().kind, Action::Kind::Recreate);
}

TEST(Plan, NeedsWhatIsExternal)
{
    const Project project = load(SmallWorld{"services:\n  web: {image: i, networks: [n], volumes: ['v:/v']}\nnetworks: {n: {external: true, name: far}}\nvolumes: {v: {external: true}}\n"});
    Facts facts;
    EXPECT_THAT(error_of([&] { make_plan(project, facts, {}); }), testing::StartsWith("network far declared as external, but could not be found"));
    facts.networks["far"] = {"far", "", ""};
    EXPECT_THAT(error_of([&] { make_plan(project, facts, {}); }), testing::StartsWith("external volume \"v\" not found"));
    facts.volumes["v"] = {"v", "", ""};
    EXPECT_EQ(plan(project, facts), "+ container shop-web-1 is created: there is none\n");
}

TEST(Plan, DecidesAboutImages)
{
    using Kind = ImageStep::Kind;
    const auto kind = [](const std::string& keys, ImageQuestion question) {
        const Project project = load(SmallWorld{"services:\n  web:\n" + keys});
        return plan_image(project.services[0], question).kind;
    };
    const std::string plain = "    image: i\n";
    EXPECT_EQ(kind(plain, {}), Kind::Pull);
    EXPECT_EQ(kind(plain, {true}), Kind::Nothing);
    EXPECT_EQ(kind(plain + "    pull_policy: always\n", {true}), Kind::Pull);
    EXPECT_EQ(kind(plain + "    pull_policy: daily\n", {true, 3600}), Kind::Nothing);
    EXPECT_EQ(kind(plain + "    pull_policy: daily\n", {true, 90'000}), Kind::Pull);
    EXPECT_EQ(kind(plain + "    pull_policy: every_2h\n", {true, 7300}), Kind::Pull);
    EXPECT_EQ(kind("    build: .\n", {}), Kind::Build);
    EXPECT_EQ(kind("    build: .\n", {true}), Kind::Nothing);
    EXPECT_EQ(kind("    build: .\n", {true, {}, true}), Kind::Build);
    EXPECT_THAT(error_of([&] { kind("    build: .\n", {false, {}, false}); }), testing::HasSubstr("--no-build was given"));
    EXPECT_THAT(error_of([&] { kind(plain + "    pull_policy: never\n", {}); }), testing::HasSubstr("pull_policy says never"));
    EXPECT_THAT(error_of([&] { kind(plain + "    pull_policy: sometimes\n", {true}); }), testing::HasSubstr("unknown pull policy"));
}

} // namespace
} // namespace skiff::compose
