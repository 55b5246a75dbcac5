#pragma once

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace skiff::monitor {

/// Tells the systemd unit that this container is, or is part of, when it is up (--sdnotify): with "conmon" when the command runs,
/// with "healthy" when the health check says so, with "container" when the container says so itself on a socket of ours. The
/// command that started the monitor has made it the unit's main process before, so that NotifyAccess=main is enough.
class ServiceNotice
{
  public:
    /// `socket` is the unit's $NOTIFY_SOCKET; empty: nobody is told.
    ServiceNotice(EventLoop& loop, std::string mode, std::string socket);
    ~ServiceNotice();
    ServiceNotice(const ServiceNotice&) = delete;
    ServiceNotice& operator=(const ServiceNotice&) = delete;

    [[nodiscard]] bool is_for_container() const { return !socket_.empty() && mode_ == "container"; }
    /// The container's socket is `notify.sock` in the directory `dir`; anew for each run.
    void listen(int dir);

    void command_runs();
    void health_is(const std::string& status);
    void ends(); ///< STOPPING=1

  private:
    void tell_ready();
    void forward();

    EventLoop& loop_;
    std::string mode_;
    std::string socket_;
    UniqueFd from_container_;
    bool told_ = false;
};

/// What of a container's message a service manager may hear: that it is up, its words and its watchdog's, but nothing about
/// processes, whose numbers mean nothing outside, and no descriptors. Empty when nothing is left.
std::string filter_notification(std::string_view message);

} // namespace skiff::monitor
