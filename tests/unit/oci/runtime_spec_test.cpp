#include "oci/runtime_spec.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::oci {
namespace {

std::string refusal(const std::string& text)
{
    try {
        (void)parse_runtime_spec(text);
        return "fine";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(RuntimeSpec, SurvivesWritingAndReading)
{
    RuntimeSpec spec;
    spec.process.args = {"sh", "-c", "true"};
    spec.process.env = {"A=b"};
    spec.process.cwd = "/work";
    spec.process.user = {1000, 100, 022, {5, 6}};
    spec.process.capabilities.bounding = {"CAP_CHOWN"};
    spec.process.rlimits = {{"RLIMIT_NOFILE", 10, 20}};
    spec.process.oom_score_adj = -5;
    spec.process.console_size = ConsoleSize{24, 80};
    spec.root_path = "/root";
    spec.root_readonly = true;
    spec.hostname = "name";
    spec.mounts = {{"/proc", "proc", "proc", {"nosuid"}}};
    spec.hooks.poststop = {{"/bin/true", {"true"}, {"X=y"}, 3}};
    spec.annotations = {{"k", "v"}};
    spec.uid_mappings = {{0, 1, 10}};
    spec.sysctl = {{"net.ipv4.ip_forward", "1"}};
    spec.resources.memory_limit = 1000;
    spec.resources.pids_limit = -1;
    spec.namespaces = {{"pid", ""}, {"network", "/proc/1/ns/net"}};
    spec.devices = {{"/dev/fuse", "c", 10, 229, 0666, 0, 0}};
    spec.seccomp = SpecSeccomp{"SCMP_ACT_ERRNO",
                               38,
                               {"SCMP_ARCH_X86_64"},
                               {},
                               {{{"read"}, "SCMP_ACT_ALLOW", std::nullopt, {{0, 1, 2, "SCMP_CMP_EQ"}}}}};
    spec.masked_paths = {"/proc/kcore"};
    spec.rootfs_propagation = "slave";
    const std::string text = make_json(spec).dump();

    const RuntimeSpec read = parse_runtime_spec(text);

    EXPECT_EQ(make_json(read).dump(), text);
    EXPECT_EQ(read.process.user, spec.process.user);
    EXPECT_EQ(read.find_namespace("network")->path, "/proc/1/ns/net");
    EXPECT_EQ(read.find_namespace("user"), nullptr);
}

TEST(RuntimeSpec, DropsWhatItDoesNotKnow)
{
    const RuntimeSpec spec = parse_runtime_spec(
        R"({"ociVersion":"1.2.0","root":{"path":"rootfs"},"process":{"cwd":"/","args":["x"],"ioPriority":{}},"vm":{},"linux":{"intelRdt":{}}})");

    EXPECT_EQ(spec.root_path, "rootfs");
    EXPECT_EQ(spec.process.args, std::vector<std::string>{"x"});
}

TEST(RuntimeSpec, NamesTheFieldThatIsWrong)
{
    EXPECT_EQ(refusal("[]"), "config.json is not a JSON object");
    EXPECT_EQ(refusal("{"), "config.json is not a JSON document");
    EXPECT_EQ(refusal("{}"), "config.json: field 'root' is missing");
    EXPECT_EQ(refusal(R"({"root":{"path":5}})"), "config.json: field 'path' has the wrong type");
    EXPECT_EQ(refusal(R"({"root":{},"process":{"cwd":"x"}})"), "config.json: field 'cwd' is not an absolute path");
    EXPECT_EQ(refusal(R"({"root":{},"mounts":{}})"), "config.json: field 'mounts' has the wrong type");
    EXPECT_EQ(refusal(R"({"root":{},"hooks":{"prestart":[{"path":"x"}]}})"),
              "config.json: the path of a hook is not absolute: 'x'");
    EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')), "config.json is nested too deeply");
}

} // namespace
} // namespace skiff::oci
