#include "runtime/cdi_spec.hpp"

#include "cdi.hpp"

#include <gmock/gmock.h>

namespace skiff::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CdiName, HasAVendorAClassAndADevice)
{
    for (const char* name : {"nvidia.com/gpu=all", "nvidia.com/gpu=0", "a/b=1:2", "a-b.c/d_e=GPU-0f"})
        EXPECT_TRUE(is_cdi_name(name)) << name;
    for (const char* other : {"/dev/null", "/dev/a=b", "a=b", "a/=b", "/b=c", "a/b=", "a/b=c/d", "0a/b=c", "a/b", "", "="})
        EXPECT_FALSE(is_cdi_name(other)) << other;
}

TEST(CdiSpec, HasEditsOfEveryKind)
{
    const CdiSpec made = parse_cdi_json(cdi_file(
        R"({"env": ["A=1"], "deviceNodes": [{"path": "/dev/a", "hostPath": "/dev/b", "permissions": "r"}, {"path": "/dev/c", "major": 1}],
            "mounts": [{"hostPath": "/h", "containerPath": "/c", "options": ["ro", "rbind", "rslave", "nosuid"]}],
            "hooks": [{"hookName": "createContainer", "path": "/bin/true", "args": ["x"], "timeout": 5}], "additionalGids": [44]})",
        R"({"env": ["B=2"]})"));

    EXPECT_EQ(made.kind, "a.org/x");
    EXPECT_THAT(made.common.env, ElementsAre("B=2"));
    ASSERT_EQ(made.devices.size(), 1U);
    const CdiEdits& edits = made.devices[0].edits;
    ASSERT_EQ(edits.devices.size(), 2U);
    EXPECT_EQ(edits.devices[0].host_path + edits.devices[0].container_path + edits.devices[0].access, "/dev/b/dev/ar");
    EXPECT_EQ(edits.devices[1].host_path + edits.devices[1].access, "/dev/crwm");
    ASSERT_EQ(edits.mounts.size(), 1U);
    EXPECT_TRUE(edits.mounts[0].read_only && edits.mounts[0].recursive);
    EXPECT_EQ(edits.mounts[0].propagation, "rslave");
    EXPECT_THAT(edits.mounts[0].options, ElementsAre("nosuid"));
    ASSERT_EQ(edits.hooks.create_container.size(), 1U);
    EXPECT_EQ(edits.hooks.create_container[0].timeout_s, 5);
    EXPECT_THAT(edits.groups, ElementsAre("44"));
}

TEST(CdiSpec, LeavesNothingOutInSilence)
{
    const std::pair<std::string, const char*> cases[] = {
        {R"({"intelRdt": {}})", "intelRdt\" is not supported"},
        {R"({"env": ["A"]})", "must have the form NAME=value"},
        {R"({"deviceNodes": [{"path": "dev/a"}]})", "must be an absolute path"},
        {R"({"deviceNodes": [{"path": "/dev/a", "permissions": "x"}]})", "must consist of r, w and m"},
        {R"({"mounts": [{"hostPath": "/a", "containerPath": "/b", "type": "tmpfs"}]})", "can only be bind"},
        {R"({"mounts": [{"hostPath": "/a", "containerPath": "/b", "options": ["size=1"]}]})", "'size=1' that is not supported"},
        {R"({"hooks": [{"hookName": "sometime", "path": "/a"}]})", "unknown hook stage"},
        {R"({"additionalGids": ["video"]})", "must be a list of numbers"},
        {R"({"additionalGids": 44})", "must be a list of numbers"},
    };
    for (const auto& [device, problem] : cases)
        EXPECT_THAT(error_of([&, text = cdi_file(device)] { parse_cdi_json(text); }), HasSubstr(problem)) << device;
    EXPECT_THAT(error_of([] { parse_cdi_json(R"({"cdiVersion": "0.6.0", "kind": "a", "devices": []})"); }), HasSubstr("VENDOR/CLASS"));
}

} // namespace
} // namespace skiff::runtime
