#include "kernel/process_facts.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace skiff::kernel {
namespace {

using namespace std::string_view_literals;

TEST(ProcessFacts, ReadsStatWhateverTheNameContains)
{
    ProcessFacts facts;
    ASSERT_TRUE(add_stat(facts, "42 (a) R (b)) S 1 40 39 34817 40 4194304 1 0 0 0 150 50 0 0 20 -5 3 0 9000 1048576 200 184 0"));

    EXPECT_EQ(facts.pid, 42);
    EXPECT_EQ(facts.name, "a) R (b)");
    EXPECT_EQ(facts.state, 'S');
    EXPECT_EQ(facts.parent, 1);
    EXPECT_EQ(facts.group, 40);
    EXPECT_EQ(facts.session, 39);
    EXPECT_EQ(facts.terminal, 34817);
    EXPECT_EQ(facts.user_ticks, 150U);
    EXPECT_EQ(facts.system_ticks, 50U);
    EXPECT_EQ(facts.nice, -5);
    EXPECT_EQ(facts.threads, 3);
    EXPECT_EQ(facts.start_ticks, 9000U);
    EXPECT_EQ(facts.virtual_bytes, 1048576U);
}

TEST(ProcessFacts, RefusesWhatIsNoStat)
{
    ProcessFacts facts;
    for (const char* text : {"", "42", "42 (x", "42 )x( S 1", "42 (x) S 1 2"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(add_stat(facts, text));
    }
}

TEST(ProcessFacts, ReadsStatus)
{
    ProcessFacts facts;
    add_status(facts, "Name:\tx\nUid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\nGroups:\t10 20 \nNSpid:\t42\t7\t1\n"
                      "VmRSS:\t     128 kB\nCapEff:\t00000000000000ff\nSeccomp:\t2\n");

    EXPECT_EQ(facts.real_uid, 1000U);
    EXPECT_EQ(facts.effective_uid, 1001U);
    EXPECT_EQ(facts.effective_gid, 6U);
    EXPECT_EQ(facts.groups, (std::vector<std::uint32_t>{10, 20}));
    EXPECT_EQ(facts.namespace_pids, (std::vector<pid_t>{42, 7, 1}));
    EXPECT_EQ(facts.resident_bytes, 128U * 1024U);
    EXPECT_EQ(facts.effective, 0xffU);
    EXPECT_EQ(facts.seccomp, 2);
}

TEST(ProcessFacts, SplitsArguments)
{
    ProcessFacts facts;
    add_arguments(facts, "sh\0-c\0a b\0"sv);

    EXPECT_EQ(facts.arguments, (std::vector<std::string>{"sh", "-c", "a b"}));
}

TEST(ProcessFacts, KnowsThisProcess)
{
    const Procfs proc = Procfs::open();
    const auto facts = find_process_facts(proc, ::getpid());

    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->parent, ::getppid());
    EXPECT_EQ(facts->effective_uid, ::geteuid());
    EXPECT_FALSE(facts->arguments.empty());
    EXPECT_FALSE(find_process_facts(proc, 0x7fffffff));
}

} // namespace
} // namespace skiff::kernel
