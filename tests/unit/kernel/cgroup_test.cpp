#include "kernel/cgroup.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "kernel/clone.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace skiff::kernel {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

TEST(CgroupSettings, AreThoseOfVersionTwo)
{
    CgroupLimits limits;
    limits.memory_bytes = 100;
    limits.memory_swap_bytes = 150;
    limits.memory_reservation_bytes = 50;
    limits.cpu_shares = 1024;
    limits.cpu_quota_us = 50000;
    limits.pids = -1;
    limits.cpuset_cpus = "0-1";
    limits.unified = {{"io.weight", "default 10"}};

    EXPECT_EQ(make_cgroup_settings(limits), (Settings{{"memory.max", "100"},
                                                      {"memory.swap.max", "50"},
                                                      {"memory.low", "50"},
                                                      {"cpu.weight", "39"},
                                                      {"cpu.max", "50000 100000"},
                                                      {"cpuset.cpus", "0-1"},
                                                      {"pids.max", "max"},
                                                      {"io.weight", "default 10"}}));
}

TEST(CgroupSettings, OfBlockDevicesDependOnWhoWeighs)
{
    CgroupLimits limits;
    limits.io_weight = 500;
    limits.io_devices = {{.device = "8:0", .read_bps = 1048576, .write_iops = 0, .weight = 1000}, {.device = "8:16", .write_bps = 9}};

    EXPECT_EQ(make_cgroup_settings(limits), (Settings{{"io.weight", "default 4950"},
                                                      {"io.weight", "8:0 10000"},
                                                      {"io.max", "8:0 rbps=1048576 wiops=max"},
                                                      {"io.max", "8:16 wbps=9"}}));
    EXPECT_EQ(make_cgroup_settings(limits, IoWeigher::Bfq).front(), (Settings::value_type{"io.bfq.weight", "default 500"}));
}

TEST(CgroupSettings, OfNothingAreNothing)
{
    EXPECT_TRUE(make_cgroup_settings({}).empty());
    CgroupLimits limits;
    limits.memory_bytes = 100;
    limits.memory_swap_bytes = -1;
    EXPECT_EQ(make_cgroup_settings(limits), (Settings{{"memory.max", "100"}, {"memory.swap.max", "max"}}));
}

TEST(CgroupDelegation, SaysWhyThereIsNone)
{
    const TempDir empty{"/tmp", "skiff-cgroup-"};

    const CgroupDelegation found = find_cgroup_delegation(empty.path());

    EXPECT_EQ(found.path, "");
    EXPECT_EQ(found.reason, "this machine has no control groups of version 2 at /sys/fs/cgroup");
    EXPECT_THROW(Cgroup::create(found, "x"), Error);
}

/// A hierarchy that we may write to: as root, any; as a user, only a delegated one.
std::string find_hierarchy()
{
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        struct statfs filesystem
        {
        };
        if (::statfs(path, &filesystem) == 0 && filesystem.f_type == CGROUP2_SUPER_MAGIC &&
            !find_cgroup_delegation(path).path.empty())
            return path;
    }
    return {};
}

TEST(Cgroup, HoldsFreezesAndKillsProcesses)
{
    const std::string hierarchy = find_hierarchy();
    if (hierarchy.empty())
        GTEST_SKIP() << "no control group of version 2 is delegated to us";
    const Cgroup cgroup = Cgroup::create(find_cgroup_delegation(hierarchy), cat("skiff-test-", ::getpid()));
    EXPECT_FALSE(cgroup.is_populated());

    auto child = clone_process({0, cgroup.fd()});
    if (!child)
        for (;;)
            ::pause();

    EXPECT_TRUE(cgroup.is_populated());
    EXPECT_EQ(cgroup.processes(), std::vector<pid_t>{child->pid()});
    EXPECT_FALSE(cgroup.remove());
    cgroup.freeze(true);
    cgroup.freeze(false);
    cgroup.kill();
    EXPECT_EQ(child->wait().signal, SIGKILL);
    EXPECT_TRUE(cgroup.remove());
    EXPECT_FALSE(Cgroup::find(cgroup.path()));
}

} // namespace
} // namespace skiff::kernel
