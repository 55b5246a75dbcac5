#include "engine/process_table.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using Row = std::vector<std::string>;

/// A container whose root is user 1000 outside, with its first process and a child.
ContainerProcesses make_processes()
{
    ContainerProcesses container;
    container.depth = 1;
    container.ids.uids = {{0, 1000, 1}, {1, 100000, 65535}};
    container.ids.gids = container.ids.uids;
    container.accounts.passwd = "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n";
    container.accounts.group = "root:x:0:\nwww:x:33:\n";
    kernel::ProcessFacts first;
    first.pid = 5000;
    first.parent = 4000; // the monitor
    first.group = 5000;
    first.namespace_pids = {5000, 1};
    first.name = "init";
    first.arguments = {"/sbin/init", "-x"};
    first.real_uid = first.effective_uid = 1000;
    first.state = 'S';
    first.start_ticks = 1000;
    first.user_ticks = 1000;
    kernel::ProcessFacts child = first;
    child.pid = 5001;
    child.parent = 5000;
    child.namespace_pids = {5001, 7};
    child.effective_uid = 100032;
    child.effective_gid = 100032;
    child.name = "evil\x1b[2J";
    child.arguments.clear();
    child.terminal = (136 << 8) | 3;
    container.processes = {first, child};
    return container;
}

ProcessClock make_clock()
{
    ProcessClock clock;
    clock.ticks_per_second = 100;
    clock.now_s = 110;
    return clock;
}

std::vector<Row> table(const std::vector<std::string>& words)
{
    const auto columns = find_top_columns(words);
    return make_process_table(make_processes(), make_clock(), columns ? *columns : parse_ps_options(words));
}

TEST(ProcessTable, ShowsPodmansColumnsByDefault)
{
    const auto rows = table({});

    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0], (Row{"USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"}));
    EXPECT_EQ(rows[1], (Row{"root", "1", "0", "10.000", "1m40s", "?", "10s", "/sbin/init -x"}));
}

TEST(ProcessTable, NumbersAndNamesAreThoseOfTheContainer)
{
    EXPECT_EQ(table({"pid", "ppid", "user", "group", "tty"})[2], (Row{"7", "1", "web", "www", "pts/3"}));
    EXPECT_EQ(table({"hpid,huid"})[2], (Row{"5001", "100032"}));
}

TEST(ProcessTable, TextsOfProcessesCannotSpeakToTheTerminal)
{
    const std::string shown = table({"args"})[2][0];

    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.front(), '['); // no arguments: the name in brackets
}

TEST(ProcessTable, KnowsCodesOfAixFormat)
{
    EXPECT_EQ(table({"%p", "%U"})[0], (Row{"PID", "USER"}));
}

TEST(ProcessTable, UnderstandsOptionsOfPs)
{
    EXPECT_EQ(table({"-eo", "pid,comm"})[0], (Row{"PID", "COMMAND"}));
    EXPECT_EQ(table({"-eo", "pid comm"})[1], (Row{"1", "init"}));
    EXPECT_EQ(table({"-eo pid,args=WHAT"})[0], (Row{"PID", "WHAT"}));
    EXPECT_EQ(table({"-ef"})[0], (Row{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}));
    EXPECT_EQ(table({"aux"})[0][2], "%CPU");
    EXPECT_EQ(table({"-o", "etime,time"})[1], (Row{"01:40", "00:00:10"}));
}

TEST(ProcessTable, RefusesOptionsThatItDoesNotKnow)
{
    EXPECT_THROW(table({"-Z"}), Error);
    EXPECT_THROW(table({"-o", "nope"}), Error);
    EXPECT_THROW(table({"-o"}), Error);
}

} // namespace
} // namespace skiff::engine
