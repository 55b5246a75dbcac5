#include "runtime/user_lookup.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace skiff::runtime {
namespace {

const AccountFiles files{"root:x:0:0:root:/root:/bin/sh\n"
                         "broken line\n"
                         "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n"
                         "99999999999:x:7:7::/:\n"
                         "1234:x:8:8::/:\n"
                         "evil:x:9:9::/home/\x1b[2J:/bin/sh\x07\n"
                         "toolarge:x:4294967296:0::/:\n"
                         "bob:x:1001:1001::/home/bob:/bin/sh",
                         "root:x:0:\nwheel:x:10:root,alice\naudio:x:29:alice,bob\nalice:x:1000:\n"};

std::string refusal(const std::string& user, const std::vector<std::string>& groups = {})
{
    try {
        const UserIdentity found = find_user(files, user, groups);
        return cat("found ", found.uid, ":", found.gid);
    } catch (const Error& error) {
        return error.message();
    }
}

// T-16
TEST(UserLookup, ReadsNumbersStrictly)
{
    EXPECT_EQ(refusal("0"), "found 0:0");
    EXPECT_EQ(refusal("1"), "found 1:0");
    EXPECT_EQ(refusal("007"), "found 7:7");
    EXPECT_EQ(refusal("4294967294"), "found 4294967294:0");
    EXPECT_EQ(refusal("1:"), "found 1:0");
    EXPECT_EQ(refusal(":1"), "found 0:1");
    EXPECT_EQ(refusal("1234"), "found 1234:0") << "digits are never a name";
    for (const char* text : {"4294967295", "4294967296", "99999999999", "18446744073709551616", "-1", "+1"})
        EXPECT_EQ(refusal(text).substr(0, 45), "user ids must be in the range 0 to 4294967294") << text;
    for (const char* text : {"0x0", " 1", "1 "})
        EXPECT_EQ(refusal(text), cat("unable to find user ", text, ": no matching entries in passwd file"));
    EXPECT_EQ(refusal("toolarge"), "unable to find user toolarge: no matching entries in passwd file");
}

TEST(UserLookup, FindsNamesWithTheirGroups)
{
    const UserIdentity alice = find_user(files, "alice");
    EXPECT_EQ(alice.uid, 1000U);
    EXPECT_EQ(alice.gid, 1000U);
    EXPECT_EQ(alice.additional_gids, (std::vector<std::uint32_t>{10, 29}));
    EXPECT_EQ(alice.home, "/home/alice");
    EXPECT_EQ(find_user(files, "bob").additional_gids, (std::vector<std::uint32_t>{29}));
    EXPECT_EQ(find_user(files, "").additional_gids, (std::vector<std::uint32_t>{10}));
    EXPECT_EQ(refusal("nobody"), "unable to find user nobody: no matching entries in passwd file");
}

TEST(UserLookup, CountsGroupsOfTheFileForNamesOnly)
{
    EXPECT_TRUE(find_user(files, "1000").additional_gids.empty());
    EXPECT_EQ(find_user(files, "1000").home, "/home/alice");
    const UserIdentity with_group = find_user(files, "alice:wheel");
    EXPECT_EQ(with_group.gid, 10U);
    EXPECT_TRUE(with_group.additional_gids.empty());
    EXPECT_EQ(refusal("alice:nope"), "unable to find group nope: no matching entries in group file");
}

TEST(UserLookup, AddsTheGroupsThatWereAskedFor)
{
    EXPECT_EQ(find_user(files, "1:5", {"77", "audio", "5", "77", "keep-groups"}).additional_gids,
              (std::vector<std::uint32_t>{77, 29}));
}

TEST(UserLookup, RefusesControlCharactersInHomeAndShell)
{
    const UserIdentity evil = find_user(files, "evil");
    EXPECT_EQ(evil.home, "/");
    EXPECT_EQ(evil.shell, "");
}

// T-09
TEST(AccountFiles, AreAbsentWhenTheyAreNoFiles)
{
    const TempDir root{"/tmp", "skiff-accounts-"};
    make_directories(cat(root.path(), "/etc"));
    const UniqueFd fd = open_at(AT_FDCWD, root.path(), O_PATH | O_DIRECTORY);
    EXPECT_EQ(load_account_files(fd.get()).passwd, "");

    ASSERT_EQ(::mkfifoat(fd.get(), "etc/passwd", 0666), 0);
    ASSERT_EQ(::mkdirat(fd.get(), "etc/group", 0777), 0);
    EXPECT_EQ(load_account_files(fd.get()).passwd, "");
    EXPECT_EQ(load_account_files(fd.get()).group, "");

    remove_tree_at(fd.get(), "etc/passwd");
    ASSERT_EQ(::symlinkat("/real", fd.get(), "etc/passwd"), 0);
    save_atomically(AT_FDCWD, cat(root.path(), "/real"), "root:x:0:0::/:", Durability::None);
    EXPECT_EQ(load_account_files(fd.get()).passwd, "root:x:0:0::/:") << "links lead inside the root";
    ASSERT_EQ(::truncate(cat(root.path(), "/real").c_str(), off_t{1} << 30U), 0);
    EXPECT_EQ(load_account_files(fd.get()).passwd, "");
}

} // namespace
} // namespace skiff::runtime
