#pragma once

#include <csignal>

namespace skiff {

/// While it lives, SIGINT, SIGTERM and SIGHUP wait. For moments only: what nobody would find again is finished, or never begun.
class InterruptBlock
{
  public:
    InterruptBlock();
    ~InterruptBlock();
    InterruptBlock(const InterruptBlock&) = delete;
    InterruptBlock& operator=(const InterruptBlock&) = delete;

  private:
    sigset_t before_;
};

} // namespace skiff
