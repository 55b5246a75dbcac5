#include "monitor/service_notice.hpp"

#include "kernel/notify_socket.hpp"

#include <algorithm>
#include <array>

namespace skiff::monitor {

ServiceNotice::ServiceNotice(EventLoop& loop, std::string mode, std::string socket)
    : loop_{loop}, mode_{std::move(mode)}, socket_{mode_ == "ignore" ? "" : std::move(socket)}
{
}

ServiceNotice::~ServiceNotice()
{
    if (from_container_)
        loop_.unwatch(from_container_.get());
}

void ServiceNotice::listen(int dir)
{
    if (from_container_)
        loop_.unwatch(from_container_.get());
    from_container_ = kernel::listen_for_notifications(dir, "notify.sock");
    loop_.watch(from_container_.get(), EPOLLIN, [this](std::uint32_t) { forward(); });
}

void ServiceNotice::forward()
{
    // A flood from the container must not keep us from the rest of our work.
    constexpr int messages = 16;
    for (int i = 0; i < messages; ++i) {
        const auto message = kernel::receive_notification(from_container_.get());
        if (!message)
            return;
        if (const std::string allowed = filter_notification(*message); !allowed.empty())
            kernel::try_notify(socket_, allowed);
    }
}

void ServiceNotice::tell_ready()
{
    if (socket_.empty() || std::exchange(told_, true))
        return;
    kernel::try_notify(socket_, "READY=1");
}

void ServiceNotice::command_runs()
{
    if (mode_ == "conmon")
        tell_ready();
}

void ServiceNotice::health_is(const std::string& status)
{
    if (mode_ == "healthy" && status == "healthy")
        tell_ready();
}

void ServiceNotice::ends()
{
    if (!socket_.empty())
        kernel::try_notify(socket_, "STOPPING=1");
}

std::string filter_notification(std::string_view message)
{
    constexpr std::array<std::string_view, 8> allowed = {"READY=",    "RELOADING=", "STOPPING=", "STATUS=",
                                                         "ERRNO=",    "BUSERROR=",  "WATCHDOG=", "EXTEND_TIMEOUT_USEC="};
    std::string kept;
    while (!message.empty()) {
        const std::string_view line = message.substr(0, message.find('\n'));
        message.remove_prefix(std::min(message.size(), line.size() + 1));
        if (line.find('\0') == std::string_view::npos &&
            std::any_of(allowed.begin(), allowed.end(), [&](std::string_view name) { return line.starts_with(name); })) {
            kept += kept.empty() ? "" : "\n";
            kept += line;
        }
    }
    return kept;
}

} // namespace skiff::monitor
