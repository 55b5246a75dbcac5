// Devices of the host in containers: by path, and by the names that a vendor's CDI file gives them.

#include "tests/support/box.hpp"

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class Devices : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        make_directory("config/cdi");
    }
    /// A vendor's file in the user's own directory.
    void write_cdi(const std::string& name, const std::string& content) { write_file("config/cdi/" + name, content); }
    /// Two cards, and the library of their driver.
    void write_cards()
    {
        write_cdi("cards.yaml", R"(---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/card0
      hostPath: /dev/null
- name: all
  containerEdits:
    deviceNodes:
    - path: /dev/card0
      hostPath: /dev/null
    - path: /dev/card1
      hostPath: /dev/zero
      permissions: r
containerEdits:
  env:
  - CARDS=void
  mounts:
  - hostPath: )" + write_file("libcard.so.1", "the library\n") + R"(
    containerPath: /usr/lib/libcard.so.1
    options: [ro, nosuid, nodev, rbind, rprivate]
)");
    }
};

TEST_F(Devices, AreShownByPath)
{
    EXPECT_THAT(skiff("run", "--rm", "--device", "/dev/null:/dev/nothing", probe_image(), "open", "/dev/nothing", "w"), Prints("ok"));
    EXPECT_THAT(skiff("run", "--rm", "--device", "/dev/missing", "localhost/probe", "echo"), FailsWith(125, "/dev/missing"));
}

TEST_F(Devices, OfAVendorComeWithWhatTheyNeed)
{
    write_cards();
    probe_image();

    EXPECT_THAT(skiff("run", "--rm", "--gpus", "all", "-e", "CARDS=all", "localhost/probe", "env"), PrintsSubstring("CARDS=void\n"));
    EXPECT_THAT(skiff("run", "--rm", "--gpus", "all", "localhost/probe", "ls", "/dev").out, AllOf(HasSubstr("card0\n"), HasSubstr("card1\n")));
    EXPECT_THAT(skiff("run", "--rm", "--device", "nvidia.com/gpu=0", "localhost/probe", "ls", "/dev").out,
                AllOf(HasSubstr("card0\n"), Not(HasSubstr("card1\n"))));
    EXPECT_EQ(skiff("run", "--rm", "--gpus", "0", "localhost/probe", "cat", "/usr/lib/libcard.so.1").out, "the library\n");
    EXPECT_THAT(skiff("run", "--rm", "--gpus", "0", "localhost/probe", "open", "/usr/lib/libcard.so.1", "w"), Prints("EROFS"));
}

TEST_F(Devices, OfAVendorAreLookedUpAtEveryStart)
{
    write_cards();
    probe_image();
    ASSERT_THAT(skiff("create", "--name", "c", "--gpus", "all", "localhost/probe", "env"), Succeeds());
    EXPECT_EQ(inspect("c", "{{(index .HostConfig.Devices 0).PathOnHost}}"), "nvidia.com/gpu=all");

    write_cdi("cards.yaml", R"({"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu",
        "devices": [{"name": "all", "containerEdits": {"env": ["CARDS=new"]}}]})"); // JSON is YAML, too

    EXPECT_THAT(skiff("start", "-a", "c"), PrintsSubstring("CARDS=new\n"));
}

TEST_F(Devices, OfAVendorHaveHooksThatFindTheBundle)
{
    const std::string seen = path() + "/seen";
    write_cdi("hook.json", R"({"cdiVersion": "0.6.0", "kind": "example.com/hook", "devices": [{"name": "x", "containerEdits": {"hooks": [
        {"hookName": "createContainer", "path": "/bin/sh", "args": ["sh", "-c",
         "read -r state; bundle=${state##*bundle\\\":\\\"}; cat \"${bundle%%\\\"*}/config.json\" > )" + seen + R"("]}]}}]})");

    EXPECT_THAT(skiff("run", "--rm", "--device", "example.com/hook=x", probe_image(), "echo", "runs"), Prints("runs"));
    EXPECT_THAT(read_file(seen), AllOf(HasSubstr("\"ociVersion\""), HasSubstr("\"root\":{\"path\":\"/")));
}

TEST_F(Devices, ThatNobodyDescribesAreTold)
{
    probe_image();
    EXPECT_THAT(skiff("run", "--rm", "--gpus", "all", "localhost/probe", "env"), FailsWith(125, "unresolvable CDI devices nvidia.com/gpu=all\nhint: no file in "));
    write_cdi("bad.yaml", "kind: nvidia.com/gpu\n");
    EXPECT_THAT(skiff("run", "--rm", "--gpus", "all", "localhost/probe", "env"), FailsWith(125, "bad.yaml: field \"cdiVersion\" is missing"));
    EXPECT_THAT(skiff("run", "--rm", "--device", "a=b", "localhost/probe", "env"), FailsWith(125, "CDI devices are called VENDOR/CLASS=NAME"));
    write_cards();
    EXPECT_THAT(skiff("--cdi-spec-dir", path() + "/config", "run", "--rm", "--gpus", "0", "localhost/probe", "env"), FailsWith(125, "unresolvable"));
    EXPECT_THAT(skiff("--cdi-spec-dir", path() + "/config/cdi", "run", "--rm", "--gpus", "0", "localhost/probe", "echo"), Succeeds());
    EXPECT_THAT(run({program(), "--cdi-spec-dir", "cdi", "run", "--rm", "--gpus", "0", "localhost/probe", "echo"}, {.directory = path() + "/config"}), Succeeds());
}

} // namespace
