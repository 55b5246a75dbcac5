#include "net/resting_wait.hpp"

#include "base/idle_memory.hpp"

#include <cerrno>

namespace skiff::net {

int make_timeout(int slirp_timeout_ms)
{
    constexpr int untimed_ms = 1000;
    return slirp_timeout_ms >= untimed_ms ? -1 : slirp_timeout_ms;
}

bool wait_and_rest(PollSet& polls, int timeout_ms)
{
    constexpr int rest_after_ms = 2000;
    constexpr int rest_ms = 60'000;
    if (timeout_ms >= 0)
        return polls.wait(timeout_ms);
    errno = 0;
    if (polls.wait(rest_after_ms))
        return true;
    if (errno != 0)
        return false;
    release_idle_memory();
    return polls.wait(rest_ms);
}

} // namespace skiff::net
