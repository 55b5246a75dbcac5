#pragma once

#include <csignal>

namespace skiff {

/// While it lives, writing into a pipe whose reader has gone is an error (EPIPE) and no death: SIGPIPE is blocked in this
/// thread, and taken back when it came from us.
class PipeSignalBlock
{
  public:
    PipeSignalBlock();
    ~PipeSignalBlock();
    PipeSignalBlock(const PipeSignalBlock&) = delete;
    PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;

  private:
    sigset_t pipe_, before_;
};

} // namespace skiff
