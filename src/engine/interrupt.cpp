#include "engine/interrupt.hpp"

#include "base/error.hpp"

#include <atomic>
#include <cassert>
#include <sys/eventfd.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

// A signal handler can see nothing else.
std::atomic<int> event_fd = -1;
std::atomic<int> caught = 0;

void note_signal(int signal)
{
    const int error = errno;
    caught = signal;
    const std::uint64_t one = 1;
    (void)!::write(event_fd, &one, sizeof one);
    errno = error;
}

} // namespace

InterruptGuard::InterruptGuard() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (!event_)
        throw Error{errno, "making an event descriptor"};
    assert(event_fd == -1);
    event_fd = event_.get();
    caught = 0;
    struct sigaction action
    {
    };
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        ::sigaction(signals[i], nullptr, &before_[i]);
        if (before_[i].sa_handler != SIG_IGN) // nohup
            ::sigaction(signals[i], &action, nullptr);
    }
}

InterruptGuard::~InterruptGuard()
{
    for (std::size_t i = 0; i < signals.size(); ++i)
        ::sigaction(signals[i], &before_[i], nullptr);
    event_fd = -1;
    if (caught != 0)
        ::raise(caught);
}

} // namespace skiff::engine
