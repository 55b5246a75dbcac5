// Entry of the role "monitor".

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/role.hpp"
#include "monitor/monitor.hpp"

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
        Monitor{request, std::move(first), std::move(passthrough), std::move(preserved)}.run();
        return 0;
    } catch (const Error& error) {
        const Channel last_words{std::move(spare)};
        (void)last_words.try_send(encode(Answer{make_failed(error)}));
        return 125;
    }
}

} // namespace skiff::monitor
