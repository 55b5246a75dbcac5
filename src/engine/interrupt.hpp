#pragma once

#include "base/unique_fd.hpp"

#include <array>
#include <csignal>

namespace skiff::engine {

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process at once: they make a descriptor readable, so that
/// transfers end with ECANCELED and take back what they have begun. Once that is done, the destructor lets the signal
/// have its way. One at a time.
class InterruptGuard
{
  public:
    InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard();

    /// Readable after a signal; for TransportOptions::cancel_fd.
    [[nodiscard]] int fd() const { return event_.get(); }

  private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
    UniqueFd event_;
    std::array<struct sigaction, 3> before_{};
};

} // namespace skiff::engine
