#include "runtime/cdi_devices.hpp"

#include "cdi.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>

namespace skiff::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CdiFiles : public testing::Test
{
  protected:
    void write(const TempDir& directory, const char* name, const std::string& text)
    {
        save_atomically(AT_FDCWD, cat(directory.path(), "/", name), text, Durability::None);
    }
    CdiEdits load(const std::vector<std::string>& names) { return load_cdi_edits({"/no/such/directory", first.path(), second.path()}, names); }

    TempDir first{"/tmp", "skiff-cdi-"}, second{"/tmp", "skiff-cdi-"};
};

TEST_F(CdiFiles, LaterDirectoriesWin)
{
    write(first, "a.json", cdi_file(R"({"env": ["A=first"]})"));
    EXPECT_THAT(load({"a.org/x=0"}).env, ElementsAre("A=first"));
    write(second, "b.yaml", "cdiVersion: '0.6.0'\nkind: a.org/x\ndevices: [{name: '0', containerEdits: {env: [A=second]}}]\n");
    EXPECT_THAT(load({"a.org/x=0"}).env, ElementsAre("A=second"));
}

TEST_F(CdiFiles, CommonEditsComeOnce)
{
    write(first, "a.json", R"({"cdiVersion": "0.6.0", "kind": "a.org/x", "containerEdits": {"env": ["C=1"]}, "devices": [
        {"name": "0", "containerEdits": {"env": ["A=0"]}}, {"name": "1", "containerEdits": {"env": ["A=1"]}}]})");

    EXPECT_THAT(load({"a.org/x=0", "a.org/x=1", "a.org/x=0"}).env, ElementsAre("C=1", "A=0", "A=1"));
    EXPECT_THAT(load({}).env, IsEmpty());
}

TEST_F(CdiFiles, SayWhatIsWrongWhenADeviceIsMissing)
{
    write(first, "bad.json", "{");
    write(first, "good.json", cdi_file("{}"));

    EXPECT_EQ(error_of([&] { load({"a.org/x=0"}); }), "nothing was thrown");
    EXPECT_THAT(error_of([&] { load({"a.org/x=1"}); }), HasSubstr("bad.json: invalid JSON"));
    write(first, "other.json", cdi_file("{}"));
    EXPECT_THAT(error_of([&] { load({"a.org/x=0"}); }), HasSubstr("is described twice"));
}

TEST(CdiEdits, GiveWayToTheUsersMountsAndDevices)
{
    ContainerConfig config;
    config.env = {"A=user", "B=user"};
    config.mounts = {MountConfig{.source = "/own", .target = "/lib/x"}};
    config.devices = {{"/dev/null", "/dev/a", "r"}};
    CdiEdits edits;
    edits.env = {"A=device"};
    edits.mounts = {MountConfig{.source = "/theirs", .target = "/lib/x"}, MountConfig{.source = "/theirs", .target = "/lib/y"}};
    edits.devices = {{"/dev/zero", "/dev/a", "rwm"}};

    apply(edits, config);

    EXPECT_THAT(config.env, ElementsAre("B=user", "A=device"));
    ASSERT_EQ(config.mounts.size(), 2U);
    EXPECT_EQ(config.mounts[0].source, "/own");
    ASSERT_EQ(config.devices.size(), 1U);
    EXPECT_EQ(config.devices[0].host_path, "/dev/null");
}

} // namespace
} // namespace skiff::runtime
