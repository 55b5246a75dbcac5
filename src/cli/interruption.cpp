#include "cli/interruption.hpp"

#include "base/error.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr int watched[] = {SIGINT, SIGTERM, SIGHUP};

// A handler has no other way to know what it is for.
std::atomic<int> event_of_handler{-1};
std::atomic<int> last_signal{0};

void note(int signal)
{
    const int before = errno;
    last_signal = signal;
    const std::uint64_t one = 1;
    (void)!::write(event_of_handler, &one, sizeof one);
    errno = before;
}

void set_action(int signal, void (*handler)(int), int flags)
{
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigaction(signal, &action, nullptr);
}

} // namespace

Interruption::Interruption() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (!event_)
        throw Error{errno, "making an event"};
    last_signal = 0;
    event_of_handler = event_.get();
    for (const int signal : watched) {
        struct sigaction before{};
        ::sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN) // nohup
            set_action(signal, note, static_cast<int>(SA_RESETHAND));
    }
}

Interruption::~Interruption()
{
    for (const int signal : watched) {
        struct sigaction before{};
        ::sigaction(signal, nullptr, &before);
        if (before.sa_handler == note)
            set_action(signal, SIG_DFL, 0);
    }
    event_of_handler = -1;
}

bool Interruption::happened() const { return last_signal != 0; }

void Interruption::end_program()
{
    const int signal = last_signal;
    set_action(signal, SIG_DFL, 0);
    ::raise(signal);
}

} // namespace skiff::cli
