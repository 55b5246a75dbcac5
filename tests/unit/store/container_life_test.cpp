#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ContainerLife : public StoreBox
{
  protected:
    ContainerLife() { create(1, "web"); }
    const Containers& containers() { return store().containers(); }
    ContainerRecord load() { return containers().load(id_); }
    /// What starting a container does, up to where its monitor has written its state.
    FileLock start(ContainerStatus status, WallTime when = WallTime{std::chrono::seconds{100}})
    {
        auto lock = containers().try_lock_monitor(id_);
        EXPECT_TRUE(lock);
        containers().record_start(id_, when);
        ContainerState state;
        state.status = status;
        state.monitor = identify(::getpid());
        state.init = {4242, 1, boot_id()};
        containers().save_state(id_, state);
        return std::move(*lock);
    }
    void end(int code)
    {
        ExitRecord exit;
        exit.code = code;
        containers().save_exit(id_, exit);
    }

    std::string id_ = id_of(1);
};

TEST_F(ContainerLife, GoesFromCreatedThroughRunningToExited)
{
    EXPECT_EQ(load().status, ContainerStatus::Created);
    {
        const FileLock monitor = start(ContainerStatus::Running);
        EXPECT_EQ(load().status, ContainerStatus::Running);
        EXPECT_TRUE(load().is_running());
        EXPECT_EQ(load().state->init.pid, 4242);
        EXPECT_FALSE(load().exit);
        EXPECT_FALSE(containers().try_lock_monitor(id_)) << "one monitor only";
        end(3);
    }
    EXPECT_EQ(load().status, ContainerStatus::Exited);
    EXPECT_EQ(load().exit->code, 3);
    EXPECT_EQ(load().lost, LostRun::No);

    const FileLock again = start(ContainerStatus::Running);
    EXPECT_FALSE(load().exit) << "a new run forgets the end of the last one";
}

TEST_F(ContainerLife, IsStartingBeforeItsMonitorHasSpoken)
{
    const auto monitor = containers().try_lock_monitor(id_);
    containers().record_start(id_, wall_now());

    EXPECT_EQ(load().status, ContainerStatus::Starting);
    EXPECT_EQ(load().lost, LostRun::No);
}

TEST_F(ContainerLife, KnowsThatAMonitorWasKilled)
{
    const pid_t monitor = fork_child([&] {
        const FileLock lock = start(ContainerStatus::Running);
        ::raise(SIGKILL);
        return 0;
    });
    wait_for(monitor);

    const ContainerRecord record = load();

    EXPECT_EQ(record.lost, LostRun::MonitorDied);
    EXPECT_EQ(record.status, ContainerStatus::Exited);
    EXPECT_EQ(record.exit->code, 137);
    EXPECT_EQ(record.exit->reason, "monitor died");
    ASSERT_TRUE(record.state) << "to find what it left";
    EXPECT_EQ(record.state->init.pid, 4242);
    end(137);
    EXPECT_EQ(load().lost, LostRun::No);
}

TEST_F(ContainerLife, KnowsThatTheMachineWasRebooted)
{
    {
        const FileLock lock = start(ContainerStatus::Running);
    }
    const OtherBoot boot;
    for (const bool run_directory_survives : {true, false}) {
        if (!run_directory_survives)
            remove_tree_at(AT_FDCWD, paths().run_dir);
        reopen();

        const ContainerRecord record = load();

        EXPECT_EQ(record.lost, LostRun::Reboot);
        EXPECT_EQ(record.status, ContainerStatus::Exited);
        EXPECT_EQ(record.exit->reason, "reboot");
        EXPECT_EQ(record.exit->started, WallTime{std::chrono::seconds{100}});
        EXPECT_FALSE(record.state) << "process ids of another boot mean nothing";
    }
}

TEST_F(ContainerLife, KeepsTheEndOfARunAcrossAReboot)
{
    {
        const FileLock lock = start(ContainerStatus::Running);
        end(5);
    }
    const OtherBoot boot;
    reopen();

    EXPECT_EQ(load().exit->code, 5);
    EXPECT_EQ(load().lost, LostRun::No);
}

TEST_F(ContainerLife, TakesNoDamageFromTornFiles)
{
    {
        const FileLock lock = start(ContainerStatus::Running);
        save_atomically(run(), cat("containers/", id_, "/state.json"), "{\"status\":\"run", Durability::None);
        EXPECT_EQ(load().status, ContainerStatus::Starting);
        save_atomically(data(), cat("containers/", id_, "/exit.json"), "", Durability::None);
    }
    EXPECT_EQ(load().status, ContainerStatus::Exited);
    EXPECT_EQ(load().exit->code, 137);
    EXPECT_THAT(load().exit->reason, HasSubstr("damaged exit record"));
}

TEST_F(ContainerLife, ListsOnlyTheLivingWhenAsked)
{
    create(2, "other");
    const FileLock lock = start(ContainerStatus::Paused);

    EXPECT_THAT(containers().list(), SizeIs(2));
    const auto alive = containers().list(Containers::Which::Alive);
    ASSERT_THAT(alive, SizeIs(1));
    EXPECT_EQ(alive[0].config.name, "web");
    EXPECT_EQ(alive[0].status, ContainerStatus::Paused);
}

TEST_F(ContainerLife, NeverLooksLostToAReaderWhileItStartsAndStops)
{
    const pid_t cycling = fork_child([&]() -> int {
        for (;;) {
            const FileLock lock = start(ContainerStatus::Running, wall_now()); // no two runs begin at the same time
            end(0);
        }
    });
    const SteadyClock::time_point until = SteadyClock::now() + std::chrono::milliseconds{150};

    while (SteadyClock::now() < until)
        EXPECT_EQ(load().lost, LostRun::No);

    ::kill(cycling, SIGKILL);
    wait_for(cycling);
}

TEST_F(ContainerLife, LocksOutOtherVerbsUntilTheContainerIsGone)
{
    std::optional<FileLock> mine = containers().lock(id_);
    const pid_t other = fork_child([&] {
        mine->release(); // our copy of it
        const Store theirs = Store::open(paths());
        return error_of([&] { (void)theirs.containers().lock(id_); }).find("no such container") != std::string::npos
                   ? 0
                   : 1;
    });
    EXPECT_FALSE(Pidfd::find(other)->wait_for_end(20));

    containers().remove(id_);
    mine.reset();

    EXPECT_EQ(wait_for(other), 0);
    EXPECT_THAT(list_directory(run(), "containers"), testing::IsEmpty());
}

} // namespace
} // namespace skiff::store
