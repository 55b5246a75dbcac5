// Entry of the role "monitor".

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/role.hpp"
#include "monitor/monitor.hpp"

#include <csignal>
#include <fcntl.h>

namespace skiff::monitor {
namespace {

std::vector<UniqueFd> take_fds(int& next, std::size_t count)
{
    std::vector<UniqueFd> fds;
    for (std::size_t i = 0; i < count; ++i) {
        ::fcntl(next, F_SETFD, FD_CLOEXEC);
        fds.emplace_back(next++);
    }
    return fds;
}

} // namespace

int monitor_main(const std::string& text)
{
    const MonitorRequest request = decode_monitor_request(text);
    int next = first_role_fd;
    Channel first{std::move(take_fds(next, 1).front())};
    std::vector<UniqueFd> passthrough = take_fds(next, request.passthrough ? 3 : 0);
    std::vector<UniqueFd> preserved = take_fds(next, request.preserve_fds);
    // The caller hears why even when there is no monitor yet to tell it.
    UniqueFd spare{::fcntl(first.fd(), F_DUPFD_CLOEXEC, 0)};
    try {
        ExitRecord end;
        {
            Monitor monitor{request, std::move(first), std::move(passthrough), std::move(preserved)};
            monitor.run();
            end = monitor.last_exit();
        }
        if (end.signal == SIGTERM) { // 128 + 15 would be a failed service, but a service that is stopped has not failed
            ::signal(SIGTERM, SIG_DFL); // NOLINT(cert-err33-c)
            sigset_t term;
            ::sigemptyset(&term);
            ::sigaddset(&term, SIGTERM);
            ::sigprocmask(SIG_UNBLOCK, &term, nullptr);
            ::raise(SIGTERM);
        }
        return end.code & 0xFF;
    } catch (const Error& error) {
        const Channel last_words{std::move(spare)};
        (void)last_words.try_send(encode(Answer{make_failed(error)}));
        return 125;
    }
}

} // namespace skiff::monitor
