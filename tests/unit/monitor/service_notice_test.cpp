#include "monitor/service_notice.hpp"

#include "base/file.hpp"
#include "kernel/notify_socket.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

TEST(FilterNotification, KeepsStatesAndDropsProcesses)
{
    EXPECT_EQ(filter_notification("READY=1"), "READY=1");
    EXPECT_EQ(filter_notification("MAINPID=1\nSTATUS=up and running\nFDSTORE=1\nREADY=1\n"), "STATUS=up and running\nREADY=1");
    EXPECT_EQ(filter_notification("X_READY=1\nMAINPID=1\n\n"), "");
    EXPECT_EQ(filter_notification(std::string_view{"STATUS=a\0b\nREADY=1", 18}), "READY=1");
}

class ServiceNotices : public ::testing::Test
{
  protected:
    ServiceNotices()
        : dir_{"/tmp", "skiff-notify-"}, fd_{open_at(AT_FDCWD, dir_.path(), O_RDONLY | O_DIRECTORY)},
          manager_{kernel::listen_for_notifications(fd_.get(), "manager")}
    {
    }
    std::string heard() { return kernel::receive_notification(manager_.get()).value_or(""); }
    std::string socket() { return dir_.path() + "/manager"; }

    TempDir dir_;
    UniqueFd fd_;
    UniqueFd manager_;
    EventLoop loop_;
};

TEST_F(ServiceNotices, SayOnceWhenTheCommandRuns)
{
    ServiceNotice notice{loop_, "conmon", socket()};
    notice.health_is("healthy");
    EXPECT_EQ(heard(), "");
    notice.command_runs();
    EXPECT_EQ(heard(), "READY=1");
    notice.command_runs(); // after a restart
    EXPECT_EQ(heard(), "");
    notice.ends();
    EXPECT_EQ(heard(), "STOPPING=1");
}

TEST_F(ServiceNotices, SayWhenItIsHealthy)
{
    ServiceNotice notice{loop_, "healthy", socket()};
    notice.command_runs();
    notice.health_is("starting");
    EXPECT_EQ(heard(), "");
    notice.health_is("healthy");
    EXPECT_EQ(heard(), "READY=1");
}

TEST_F(ServiceNotices, PassOnWhatTheContainerSays)
{
    ServiceNotice notice{loop_, "container", socket()};
    ASSERT_TRUE(notice.is_for_container());
    notice.listen(fd_.get());
    kernel::try_notify(dir_.path() + "/notify.sock", "MAINPID=7\nREADY=1");
    loop_.after(std::chrono::milliseconds{50}, [&] { loop_.stop(); });
    loop_.run();
    EXPECT_EQ(heard(), "READY=1");
}

TEST_F(ServiceNotices, SayNothingWhenIgnored)
{
    ServiceNotice notice{loop_, "ignore", socket()};
    EXPECT_FALSE(notice.is_for_container());
    notice.command_runs();
    notice.ends();
    EXPECT_EQ(heard(), "");
}

} // namespace
} // namespace skiff::monitor
