#include "base/pipe_signal.hpp"

#include <ctime>
#include <pthread.h>

namespace skiff {

PipeSignalBlock::PipeSignalBlock()
{
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

PipeSignalBlock::~PipeSignalBlock()
{
    const timespec at_once{};
    if (::sigismember(&before_, SIGPIPE) == 0)
        while (::sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
        }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

} // namespace skiff
