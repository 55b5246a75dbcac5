#include "base/interrupt_block.hpp"

#include <initializer_list>
#include <pthread.h>

namespace skiff {

InterruptBlock::InterruptBlock()
{
    sigset_t interrupts;
    ::sigemptyset(&interrupts);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaddset(&interrupts, signal);
    ::pthread_sigmask(SIG_BLOCK, &interrupts, &before_);
}

InterruptBlock::~InterruptBlock() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

} // namespace skiff
