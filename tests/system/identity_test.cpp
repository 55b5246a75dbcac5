// Who a container's process is, inside and outside: --user, groups, capabilities, --userns, the mode of one id.

#include "tests/support/box.hpp"

#include <linux/keyctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Identity : public Box
{
  protected:
    Result ids_with(const std::vector<std::string>& options)
    {
        std::vector<std::string> words{program(), "run", "--rm"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {probe_image(), "ids"});
        return run(words);
    }
    std::string my_uid = std::to_string(::geteuid());
    std::string my_gid = std::to_string(::getegid());
};

TEST_F(Identity, IsRootInsideAndTheUserOutside)
{
    const std::string shared = make_directory("shared");

    EXPECT_THAT(skiff("run", "--rm", "-v", shared + ":/s", probe_image(), "ids", "then", "write", "/s/x", "y"), PrintsSubstring("uid=0 gid=0 groups=0"));

    struct stat status{};
    ASSERT_EQ(::stat((shared + "/x").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, ::geteuid());
}

// security.md T-16
TEST_F(Identity, IsExactlyTheUserThatWasAskedForOrRefused)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";
    struct Case
    {
        const char* user;
        const char* expected; ///< nothing: refused
    };
    const Case cases[] = {
        {"0", "uid=0 gid=0"},          {"1", "uid=1 gid=0"},         {"7:8", "uid=7 gid=8"},         {"worker", "uid=1000 gid=1000"},
        {"worker:extra", "uid=1000 gid=2000"}, {"1000", "uid=1000 gid=1000"}, {"5:worker", "uid=5 gid=1000"},
        {"007", "uid=7 gid=0"},        {"0x0", "uid=0 gid=0"},      {"4294967294", nullptr},      {"4294967295", nullptr},        {"4294967296", nullptr},
        {"-1", nullptr},               {"+1", nullptr},              {" 1", nullptr},                {"99999999999", nullptr},
        {"nobodyatall", nullptr},      {"1:nogroup", nullptr},       {"1:-1", nullptr},              {"1:4294967296", nullptr},
    };
    const std::string image = make_image("digits", R"({"Entrypoint":["/bin/probe"]})",
        {"text:etc/passwd=root:x:0:0::/root:\nworker:x:1000:1000::/home/worker:\n99999999999:x:0:0::/:\n-1:x:0:0::/:\n007:x:0:0::/:\n0x0:x:0:0::/:\n"});
    for (const Case& c : cases) {
        SCOPED_TRACE(c.user);
        const Result result = skiff("run", "--rm", "--network", "none", "-u", c.user, image, "ids");
        if (c.expected != nullptr)
            EXPECT_THAT(result, PrintsSubstring(c.expected));
        else
            EXPECT_THAT(result.code, ::testing::AnyOf(125, 126)) << result.out;
    }
    EXPECT_THAT(skiff("run", "--rm", "-u", "nobodyatall", image, "ids"), FailsWith(126, "unable to find user nobodyatall: no matching entries in passwd file"));
}

// security.md T-17
TEST_F(Identity, HasOnlyTheGroupsOfItsUser)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";

    EXPECT_THAT(ids_with({"-u", "worker"}), Prints("uid=1000 gid=1000 groups=1000,2000"));
    EXPECT_THAT(ids_with({"-u", "1000:1000"}), Prints("uid=1000 gid=1000 groups=1000"));
    EXPECT_THAT(ids_with({"-u", "5"}), Prints("uid=5 gid=0 groups=0"));
    EXPECT_THAT(ids_with({"-u", "worker", "--group-add", "77", "--group-add", "extra"}), Prints("uid=1000 gid=1000 groups=77,1000,2000"));
    EXPECT_NE(ids_with({"--group-add", "nosuchgroup"}).code, 0);
}

TEST_F(Identity, CanKeepTheCallersGroups)
{
    EXPECT_THAT(ids_with({"--group-add", "keep-groups"}), PrintsSubstring("uid=0 gid=0"));
    EXPECT_NE(ids_with({"--group-add", "keep-groups", "--group-add", "5"}).code, 0);
}

TEST_F(Identity, IsTheCallersOwnWithKeepId)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";
    const std::string shared = make_directory("shared");

    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", "-v", shared + ":/s", probe_image(), "ids", "then", "write", "/s/x", "y"),
                PrintsSubstring("uid=" + my_uid + " gid=" + my_gid));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", "-u", "0", probe_image(), "ids", "then", "stat", "/bin/probe"),
                PrintsSubstring("uid=0 gid=0 groups=0\n/bin/probe 100755 0:0"));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id:uid=33,gid=44", probe_image(), "ids"), PrintsSubstring("uid=33 gid=44"));
    for (const char* name : {"/etc/hosts", "/etc/resolv.conf", "/etc/hostname"})
        EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", probe_image(), "stat", name), PrintsSubstring(" 100644 0:0 "));

    struct stat status{};
    ASSERT_EQ(::stat((shared + "/x").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(Identity, IsKnownInsideWithKeepId)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";

    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", probe_image(), "cat", "/etc/passwd").out, HasSubstr(":" + my_uid + ":" + my_gid + ":"));
    const Result group = run({"/usr/bin/id", "-gn"});
    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id:uid=33,gid=44", probe_image(), "cat", "/etc/group").out,
                HasSubstr("\n" + group.line() + ":x:44:" + run({"/usr/bin/id", "-un"}).line() + "\n"));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", "--passwd=false", probe_image(), "cat", "/etc/passwd").out,
                Not(HasSubstr(":" + my_uid + ":")));
}

TEST_F(Identity, LeavesTheCallerOutWithNomap)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";
    const std::string shared = make_directory("shared", 0777);

    EXPECT_THAT(skiff("run", "--rm", "--userns", "nomap", "-v", shared + ":/s", probe_image(), "ids", "then", "stat", "/s", "/bin/probe"),
                AllOf(PrintsSubstring("uid=0 gid=0"), PrintsSubstring("/s 40777 65534:65534"), PrintsSubstring("/bin/probe 100755 0:0")));
}

TEST_F(Identity, IsARangeOfItsOwnWithAuto)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";

    const Result map = skiff("run", "--rm", "--userns", "auto:size=2000", probe_image(), "cat", "/proc/self/uid_map", "then", "stat", "/bin/probe");

    EXPECT_THAT(map, PrintsSubstring(" 2000\n/bin/probe 100755 0:0"));
    EXPECT_NE(map.out.substr(0, 40).find(" 0 "), std::string::npos);
}

TEST_F(Identity, MayHaveTheUserAndSubordinateIdsInOneRange)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";

    EXPECT_THAT(skiff("run", "--rm", "--userns", "private", probe_image(), "ids"), PrintsSubstring("uid=0 gid=0"));
    EXPECT_THAT(skiff("run", "--rm", "--uidmap", "0:0:2000", probe_image(), "ids"), PrintsSubstring("uid=0 gid=0"));
}

TEST_F(Identity, HasOneSessionKeyringOfItsOwn)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "one", probe_image(), "session-keyring", "then", "forever"), Succeeds());
    const std::string keyring = skiff("exec", "one", "/bin/probe", "session-keyring").line();

    EXPECT_NE(keyring, std::to_string(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)));
    EXPECT_TRUE(eventually([&] { return skiff("logs", "one").out.starts_with(keyring + "\n"); })) << skiff("logs", "one").out;
    EXPECT_NE(skiff("run", "--rm", probe_image(), "session-keyring").line(), keyring);
}

TEST_F(Identity, StartsAlsoWhenTheUserMayHaveNoMoreKeyrings)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";
    const std::string ids = "0:4711:20"; // not of others, who want keys, too
    ASSERT_GT(::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr), 0) << "as a login does: else the kernel counts no new one";
    ASSERT_THAT(skiff("run", "-d", "--name", "full", "--uidmap", ids, "--security-opt", "seccomp=unconfined", probe_image(), "hoard-keys"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "full").line() == "full"; })) << skiff("logs", "full").out;

    EXPECT_THAT(skiff("exec", "full", "/bin/probe", "echo", "inside"), Prints("inside"));
    ASSERT_THAT(skiff("run", "-d", "--name", "next", "--uidmap", ids, probe_image(), "forever"), Succeeds());
    const std::string keyring = skiff("exec", "next", "/bin/probe", "session-keyring").line();
    EXPECT_EQ(skiff("exec", "next", "/bin/probe", "session-keyring").line(), keyring);
}

TEST_F(Identity, WithUsernsHostIsTheDefault)
{
    const Result usual = skiff("run", "--rm", probe_image(), "cat", "/proc/self/uid_map");

    EXPECT_EQ(skiff("run", "--rm", "--userns", "host", probe_image(), "cat", "/proc/self/uid_map").out, usual.out);
    EXPECT_THAT(usual.out, HasSubstr(my_uid));
}

TEST_F(Identity, HasTheUsualCapabilities)
{
    const std::string defaults = "00000000800405fb"; // chown, dac_override, fowner, fsetid, kill, net_bind_service, setfcap, setgid, setpcap, setuid, sys_chroot
    const auto sets = [&](const std::string& option, const std::string& value) {
        return skiff("run", "--rm", "--network", "none", option, value, probe_image(), "status", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb").out;
    };
    const std::string none = "0000000000000000\n";
    const std::string usual = defaults + "\n";

    EXPECT_EQ(sets("-u", "0"), none + usual + usual + usual + none);
    EXPECT_EQ(sets("--cap-drop", "all"), none + none + none + none + none);
    EXPECT_EQ(sets("--cap-add", "SYS_ADMIN"), none + "00000000802405fb\n00000000802405fb\n00000000802405fb\n" + none);
    EXPECT_EQ(sets("--cap-drop", "cap_chown"), none + "00000000800405fa\n00000000800405fa\n00000000800405fa\n" + none);
    if (has_subordinate_ids()) {
        EXPECT_EQ(sets("-u", "worker"), none + none + none + usual + none);
    }
    EXPECT_THAT(skiff("run", "--rm", "--cap-add", "CAP_NONSENSE", probe_image(), "pwd"), FailsWith(125, "\"CAP_NONSENSE\": unknown capability"));
}

// security.md T-18
TEST_F(Identity, OfAnExecHasNoMoreThanTheContainers)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--cap-drop", "chown", probe_image(), "forever"), Succeeds());

    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "status", "CapEff", "CapInh", "CapAmb"), Prints("00000000800405fa\n0000000000000000\n0000000000000000"));
    if (has_subordinate_ids()) {
        EXPECT_THAT(skiff("exec", "-u", "worker", "c", "/bin/probe", "status", "CapEff", "CapBnd"), Prints("0000000000000000\n00000000800405fa"));
    }
}

TEST_F(Identity, GainsNothingWithNoNewPrivileges)
{
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "status", "NoNewPrivs"), Prints("0"));
    EXPECT_THAT(skiff("run", "--rm", "--security-opt", "no-new-privileges", probe_image(), "status", "NoNewPrivs"), Prints("1"));
}

TEST_F(Identity, OfOneIdWorksWithoutASubordinateRange)
{
    environment().push_back("SKIFF_SINGLE_ID=1");

    const Result first = skiff("run", "--rm", "hello");

    EXPECT_THAT(first, PrintsSubstring("Hello"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "cat", "/proc/self/uid_map").out, MatchesRegex(" +0 +" + my_uid + " +1\n"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "write", "/etc/new", "x", "then", "cat", "/etc/new"), PrintsSubstring("x"));
    EXPECT_THAT(skiff("run", "-d", "--name", "c", probe_image(), "forever"), Succeeds());
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "ids"), PrintsSubstring("uid=0 gid=0"));
    EXPECT_THAT(skiff("run", "--rm", "-u", "5", probe_image(), "ids"), PrintsSubstring("uid=5 "));
}

} // namespace
