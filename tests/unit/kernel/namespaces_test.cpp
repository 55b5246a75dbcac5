#include "kernel/namespaces.hpp"

#include "base/file.hpp"
#include "namespace_child.hpp"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

namespace skiff::kernel {
namespace {

TEST(UserNamespace, MakesTheCallerRootOfTheIdsThatWerePlanned)
{
    const auto outcome = test::run_in_child([] {
        const IdentityPlan plan = plan_identity();
        const IdentityPlan entered = enter_new_user_namespace(plan);

        EXPECT_EQ(::getuid(), 0U);
        EXPECT_EQ(::getgid(), 0U);
        EXPECT_EQ(entered.single_id, plan.single_id) << entered.notice;
        const IdMap seen = make_own_id_map(read_file(AT_FDCWD, "/proc/self/uid_map"), read_file(AT_FDCWD, "/proc/self/gid_map"));
        ASSERT_EQ(seen.uids.size(), plan.map.uids.size());
        EXPECT_EQ(seen.uids.back().inside, plan.map.uids.back().inside);
        EXPECT_EQ(seen.uids.back().size, plan.map.uids.back().size);
        EXPECT_EQ(seen.gids.back().size, plan.map.gids.back().size);
    });
    EXPECT_TRUE(outcome.passed());
}

TEST(UserNamespace, WithASingleIdNeedsNoHelper)
{
    SKIFF_EXPECT_IN_NAMESPACES(
        [] {
            EXPECT_EQ(::getuid(), 0U);
            EXPECT_EQ(read_file(AT_FDCWD, "/proc/self/setgroups"), "deny\n");
        },
        test::Ids::Single);
}

TEST(UserNamespace, FallsBackToOneIdWhenTheHelpersRefuse)
{
    if (::geteuid() == 0 || !find_map_helper_problem().empty())
        GTEST_SKIP() << "needs an ordinary user and newuidmap: " << find_map_helper_problem();
    const auto outcome = test::run_in_child([] {
        // Somebody else's ids: newuidmap says no.
        const IdentityPlan greedy{.single_id = false,
                                  .writer = MapWriter::Helpers,
                                  .map = {{{0, ::geteuid(), 1}, {1, 1, 10}}, {{0, ::getegid(), 1}, {1, 1, 10}}},
                                  .notice = {}};

        const IdentityPlan entered = enter_new_user_namespace(greedy);

        EXPECT_TRUE(entered.single_id);
        EXPECT_NE(entered.notice.find("range [1-11) -> [1-11) not allowed"), std::string::npos) << entered.notice;
        EXPECT_EQ(::getuid(), 0U);
    });
    EXPECT_TRUE(outcome.passed());
}

TEST(UserNamespace, CanBeStartedAndEnteredLater)
{
    const auto outcome = test::run_in_child([] {
        const std::string before = read_link_at(AT_FDCWD, "/proc/self/ns/user");
        {
            const UserNamespaceStart given_up{plan_identity()};
        }
        UserNamespaceStart start{plan_identity()};
        EXPECT_EQ(read_link_at(AT_FDCWD, "/proc/self/ns/user"), before);

        start.enter();

        EXPECT_NE(read_link_at(AT_FDCWD, "/proc/self/ns/user"), before);
        EXPECT_EQ(::getuid(), 0U);
        EXPECT_LT(::waitpid(-1, nullptr, WNOHANG), 0) << "no child is left";
    });
    EXPECT_TRUE(outcome.passed());
}

TEST(MountNamespace, KeepsMountsToItself)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        EXPECT_EQ(::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr), 0);
        EXPECT_TRUE(list_directory(AT_FDCWD, "/tmp").empty());
    });
    EXPECT_TRUE(exists_at(AT_FDCWD, "/tmp"));
}

TEST(Namespaces, OfALiveProcessCanBeEntered)
{
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    const pid_t holder = ::fork();
    if (holder == 0) {
        try {
            enter_new_user_namespace(plan_identity());
            enter_own_mount_namespace();
        } catch (const Error&) {
            ::_exit(1);
        }
        (void)!::write(ready[1], "r", 1);
        ::pause();
        ::_exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1)
        GTEST_SKIP() << "no namespaces here";

    const auto outcome = test::run_in_child([holder] {
        const auto pidfd = Pidfd::find(holder);
        ASSERT_TRUE(pidfd);
        enter_namespaces_of(*pidfd, CLONE_NEWUSER | CLONE_NEWNS);
        EXPECT_EQ(::getuid(), 0U);
        EXPECT_EQ(read_link_at(AT_FDCWD, "/proc/self/ns/user"), read_link_at(AT_FDCWD, cat("/proc/", holder, "/ns/user")));
        EXPECT_EQ(read_link_at(AT_FDCWD, "/proc/self/ns/mnt"), read_link_at(AT_FDCWD, cat("/proc/", holder, "/ns/mnt")));
    });

    EXPECT_TRUE(outcome.passed());
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    ::close(ready[0]);
}

} // namespace
} // namespace skiff::kernel
