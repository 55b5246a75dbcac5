#include "support.hpp"

namespace skiff::compose {
namespace {

using Json = nlohmann::ordered_json;

std::string web(const std::string& keys) { return "services:\n  web:\n    image: i\n" + keys; }

/// The whole model of a file and its override as `config` shows it, without what files outside of it add.
Json merged(const std::string& base, const std::string& over)
{
    SmallWorld world{base};
    world.files["/home/me/shop/compose.override.yaml"] = over;
    ProjectRequest request;
    request.resolve_environment = request.check = false;
    request.all_resources = true;
    return to_json(load(world, {}, request).model);
}

/// One rule: keys of a service in two files, and what the pointer finds in the service behind.
struct Rule
{
    const char* base;
    const char* over;
    const char* pointer;
    const char* expected; ///< JSON
};

void check(const std::vector<Rule>& rules)
{
    for (const Rule& rule : rules) {
        SCOPED_TRACE(cat(rule.base, "\n", rule.over));
        const Json model = merged(cat("services:\n  web:\n    image: i\n    ", rule.base, "\n"), cat("services:\n  web:\n    ", rule.over, "\n"));
        const Json::json_pointer pointer{cat("/services/web", rule.pointer)};
        ASSERT_TRUE(model.contains(pointer)) << model;
        EXPECT_EQ(model.at(pointer), Json::parse(rule.expected)) << model.at(pointer);
    }
}

TEST(Merge, ScalarsOfTheLaterFileWin)
{
    check({
        {"user: a", "user: b", "/user", R"("b")"},
        {"hostname: a", "image: b", "/image", R"("b")"},
        {"init: true", "init: false", "/init", "false"},
        {"mem_limit: 1m", "mem_limit: 2m", "/mem_limit", R"("2097152")"},
        {"stop_grace_period: 1s", "stop_grace_period: 2s", "/stop_grace_period", R"("2s")"},
    });
}

TEST(Merge, MappingsAreMergedKeyByKey)
{
    check({
        {"deploy: {resources: {limits: {cpus: '1'}}}", "deploy: {resources: {limits: {memory: 1m}}}", "/deploy/resources/limits", R"({"cpus": 1, "memory": "1048576"})"},
        {"healthcheck: {interval: 1s, retries: 2}", "healthcheck: {retries: 3}", "/healthcheck", R"({"interval": "1s", "retries": 3})"},
        {"x-own: {a: {b: 1}}", "x-own: {a: {c: 2}}", "/x-own", R"({"a": {"b": 1, "c": 2}})"},
    });
}

TEST(Merge, CommandsAreReplacedAsAWhole)
{
    check({
        {"command: [a, b]", "command: [c]", "/command", R"(["c"])"},
        {"entrypoint: a b", "entrypoint: c", "/entrypoint", R"(["c"])"},
        {"command: [a, b]", "command: []", "/command", "[]"},
        {"healthcheck: {test: [CMD, a, b]}", "healthcheck: {test: c}", "/healthcheck/test", R"(["CMD-SHELL", "c"])"},
    });
}

TEST(Merge, PairsAreMergedByNameInEitherForm)
{
    for (const char* key : {"environment", "labels", "annotations", "sysctls", "build/args", "build/labels", "build/additional_contexts", "deploy/labels"}) {
        const std::string path = key;
        const std::size_t slash = path.find('/');
        const std::string front = slash == std::string::npos ? path + ": " : cat(path.substr(0, slash), ": {", path.substr(slash + 1), ": ");
        const std::string back = slash == std::string::npos ? "" : "}";
        const std::string base = front + "[A=1, B=2]" + back;
        const std::string over = front + "{B: 3, C: 4}" + back;
        const std::string pointer = "/" + path;
        check({{base.c_str(), over.c_str(), pointer.c_str(), R"({"A": "1", "B": "3", "C": "4"})"},
               {over.c_str(), base.c_str(), pointer.c_str(), R"({"A": "1", "B": "2", "C": "4"})"}});
    }
    check({{"extra_hosts: ['a:1.1.1.1', 'b=2.2.2.2']", "extra_hosts: {b: 3.3.3.3, c: '::1'}", "/extra_hosts", R"({"a": ["1.1.1.1"], "b": ["3.3.3.3"], "c": ["::1"]})"},
           {"environment: {A: 1}", "environment: [A]", "/environment", R"({"A": null})"}});
    for (const char* section : {"networks", "volumes"}) {
        const Json model = merged(cat(web(""), section, ": {x: {labels: [A=1, B=2]}}\n"), cat(section, ": {x: {labels: {B: 3}}}\n"));
        EXPECT_EQ(model[section]["x"]["labels"], (Json{{"A", "1"}, {"B", "3"}})) << section;
    }
}

TEST(Merge, ListsAreAppendedAndUniqueByValue)
{
    for (const char* key : {"expose", "dns", "dns_search", "dns_opt", "tmpfs", "cap_add", "cap_drop", "profiles", "links", "security_opt", "group_add"}) {
        const std::string base = cat(key, ": ['1', '2']");
        const std::string over = cat(key, ": ['2', '3']");
        const std::string pointer = cat("/", key);
        SmallWorld world{cat(web("    "), base, "\n")};
        world.files["/home/me/shop/compose.override.yaml"] = cat("services:\n  web:\n    ", over, "\n");
        const Document document = load_document(world, {}); // before profiles are applied
        EXPECT_EQ(to_json(*document.model.find("services")->find("web"))[key], (Json{"1", "2", "3"})) << key;
    }
    check({
        {"dns: 1.1.1.1", "dns: [1.1.1.1, 2.2.2.2]", "/dns", R"(["1.1.1.1", "2.2.2.2"])"},
        {"tmpfs: /a", "tmpfs: /b", "/tmpfs", R"(["/a", "/b"])"},
        {"networks: {n: {aliases: [a, b]}}", "networks: {n: {aliases: [b, c]}}", "/networks/n/aliases", R"(["a", "b", "c"])"},
    });
}

TEST(Merge, RecordsAreUniqueByWhatTheyAreAbout)
{
    // What counts: the number of records, and the one that the later file gives.
    const Rule rules[] = {
        {"ports: ['80:80']", "ports: ['80:80']", "1", ""},
        {"ports: ['80:80']", "ports: ['80:80/udp']", "2", ""},
        {"ports: ['80:80']", "ports: ['81:80']", "2", ""},
        {"ports: ['80:80']", "ports: ['127.0.0.1:80:80']", "2", ""},
        {"ports: ['80:80']", "ports: [{target: 80, published: '80', name: web}]", "1", R"({"name": "web"})"},
        {"volumes: ['/a:/x']", "volumes: ['/b:/x:ro']", "1", R"({"source": "/b", "read_only": true})"},
        {"volumes: ['/a:/x']", "volumes: ['/a:/y']", "2", ""},
        {"volumes: ['v:/x']", "volumes: [{type: tmpfs, target: /x}]", "1", R"({"type": "tmpfs"})"},
        {"devices: ['/dev/a:/dev/x']", "devices: ['/dev/b:/dev/x:r']", "1", R"({"source": "/dev/b", "permissions": "r"})"},
        {"configs: [c]", "configs: [{source: d, target: c}]", "1", R"({"source": "d"})"},
        {"secrets: [{source: c, target: /t}]", "secrets: [{source: d, target: /t}]", "1", R"({"source": "d"})"},
        {"secrets: [a]", "secrets: [b]", "2", ""},
        {"env_file: a.env", "env_file: [{path: ./a.env, required: false}, b.env]", "2", ""},
    };
    for (const Rule& rule : rules) {
        SCOPED_TRACE(cat(rule.base, "\n", rule.over));
        const std::string key{rule.base, std::string_view{rule.base}.find(':')};
        const Json model = merged(cat(web("    "), rule.base, "\n"), cat("services:\n  web:\n    ", rule.over, "\n"));
        const Json list = model.at("services").at("web").value(key, Json::array());
        EXPECT_EQ(std::to_string(list.size()), rule.pointer) << list;
        if (*rule.expected != '\0') {
            const Json expected = Json::parse(rule.expected);
            for (const auto& [field, value] : expected.items())
                EXPECT_EQ(list.at(0).value(field, Json{}), value) << list;
        }
    }
}

TEST(Merge, ShortFormsAreMadeLongFirst)
{
    check({
        {"build: .", "build: {target: t}", "/build", R"({"context": "/home/me/shop", "dockerfile": "Dockerfile", "target": "t"})"},
        {"build: {target: t}", "build: ./x", "/build", R"({"context": "/home/me/shop/x", "dockerfile": "Dockerfile", "target": "t"})"},
        {"depends_on: [a]", "depends_on: {a: {condition: service_healthy}, b: {required: false}}", "/depends_on",
         R"({"a": {"condition": "service_healthy", "required": true}, "b": {"condition": "service_started", "required": false}})"},
        {"depends_on: {a: {condition: service_healthy, restart: true}}", "depends_on: [a]", "/depends_on",
         R"({"a": {"condition": "service_started", "required": true, "restart": true}})"},
        {"networks: [a]", "networks: {b: {aliases: [x]}}", "/networks", R"({"a": null, "b": {"aliases": ["x"]}})"},
        {"networks: {a: {aliases: [x]}}", "networks: [a]", "/networks", R"({"a": {"aliases": ["x"]}})"},
        {"ulimits: {nofile: 5}", "ulimits: {nofile: {soft: 1, hard: 2}}", "/ulimits", R"({"nofile": {"hard": 2, "soft": 1}})"},
        {"ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: {hard: 3}, nproc: 7}", "/ulimits", R"({"nofile": {"hard": 3, "soft": 1}, "nproc": 7})"},
    });
}

TEST(Merge, LoggingOptionsStayWithTheirDriver)
{
    check({
        {"logging: {driver: a, options: {x: '1'}}", "logging: {options: {y: '2'}}", "/logging", R"({"driver": "a", "options": {"x": "1", "y": "2"}})"},
        {"logging: {options: {x: '1'}}", "logging: {driver: b, options: {y: '2'}}", "/logging", R"({"driver": "b", "options": {"x": "1", "y": "2"}})"},
        {"logging: {driver: a, options: {x: '1'}}", "logging: {driver: a, options: {y: '2'}}", "/logging", R"({"driver": "a", "options": {"x": "1", "y": "2"}})"},
        {"logging: {driver: a, options: {x: '1'}}", "logging: {driver: b, options: {y: '2'}}", "/logging", R"({"driver": "b", "options": {"y": "2"}})"},
    });
}

TEST(Merge, AddressesOfNetworksAreMergedBySubnet)
{
    const Json model = merged(web("") + "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/24, gateway: 10.1.0.1}]}}}\n",
                              "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/24, ip_range: 10.1.0.128/25}, {subnet: 10.2.0.0/24}]}}}\n");
    EXPECT_EQ(model["networks"]["n"]["ipam"]["config"],
              Json::parse(R"([{"gateway": "10.1.0.1", "ip_range": "10.1.0.128/25", "subnet": "10.1.0.0/24"}, {"subnet": "10.2.0.0/24"}])"));
}

TEST(Merge, ResetTakesAwayAndOverrideReplaces)
{
    check({
        {"ports: ['80:80']", "ports: !override ['81:81']", "/ports/0/published", R"("81")"},
        {"environment: {A: 1, B: 2}", "environment: !override {C: 3}", "/environment", R"({"C": "3"})"},
        {"environment: {A: 1, B: 2}", "environment: {A: !reset null}", "/environment", R"({"B": "2"})"},
        {"depends_on: [a, b]", "depends_on: !override [c]", "/depends_on", R"({"c": {"condition": "service_started", "required": true}})"},
        {"build: {context: ., args: {A: 1}}", "build: !override {context: ./x}", "/build", R"({"context": "/home/me/shop/x", "dockerfile": "Dockerfile"})"},
    });
    for (const char* key : {"ports: ['80:80']", "environment: {A: 1}", "user: me", "healthcheck: {test: x}", "build: .", "command: [a]"}) {
        const std::string name{key, std::string_view{key}.find(':')};
        for (const char* value : {"!reset null", "!reset []", "!reset {}"})
            EXPECT_FALSE(merged(cat(web("    "), key, "\n"), cat("services:\n  web:\n    ", name, ": ", value, "\n"))["services"]["web"].contains(name)) << name << value;
    }
    EXPECT_FALSE(merged(web("") + "  db: {image: d}\n", "services:\n  db: !reset null\n")["services"].contains("db"));
    EXPECT_EQ(merged(web("    user: me\n"), "services:\n  web: !override {image: j}\n")["services"]["web"].value("user", "none"), "none");
    EXPECT_FALSE(merged(web("") + "volumes: {v: }\n", "volumes: !reset {}\n").contains("volumes"));
}

TEST(Merge, DocumentsOfOneFileAreOverrides)
{
    const Json model = merged(web("    user: a\n    ports: ['80:80']\n") + "---\nservices:\n  web:\n    user: b\n    ports: ['81:81']\n", "{}\n");
    EXPECT_EQ(model["services"]["web"]["user"], "b");
    EXPECT_EQ(model["services"]["web"]["ports"].size(), 2U);
}

TEST(Merge, KeysOfOnesOwnAreAllowedEverywhere)
{
    const Json model = merged("x-a: 1\nservices:\n  x-b: {anything: 2}\n  web:\n    image: i\n    x-c: 3\n    build: {x-d: 4}\n    deploy: {resources: {x-e: 5}}\n"
                              "networks: {n: {x-f: 6}}\nvolumes: {x-g: 7}\n",
                              "{}\n");
    EXPECT_EQ(model["x-a"], 1);
    EXPECT_EQ(model["services"]["web"]["x-c"], 3);
    EXPECT_EQ(model["services"]["web"]["build"]["x-d"], 4);
    EXPECT_EQ(model["networks"]["n"]["x-f"], 6);
}

} // namespace
} // namespace skiff::compose
