#pragma once

#include "base/unique_fd.hpp"

namespace skiff::cli {

/// While it lives, the first ctrl-C (or SIGTERM, SIGHUP) asks the running verb to stop and to clean up behind itself,
/// instead of ending the program; the second one ends it. One at a time.
class Interruption
{
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// Readable once somebody wants us to stop.
    [[nodiscard]] int fd() const { return event_.get(); }
    [[nodiscard]] bool happened() const;
    /// Lets the signal have the effect that it would have had: call it when everything is cleaned up.
    void end_program();

  private:
    UniqueFd event_;
};

} // namespace skiff::cli
