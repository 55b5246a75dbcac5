#pragma once

#include "base/process.hpp"
#include "base/unique_fd.hpp"

#include <optional>

namespace skiff::runtime {

/// Kills a child, unless it has ended already, and reaps it. Gives up after some seconds, for nobody can end a process that waits
/// in the kernel for a file server: then the answer is nothing.
std::optional<ExitStatus> end_child(ChildProcess& child) noexcept;

/// A process that runs in a container, and the master of its pty when it has one. Killed and reaped with its owner, so that
/// nothing that goes wrong between its start and its end leaves it behind.
class StartedProcess
{
  public:
    StartedProcess() = default;
    explicit StartedProcess(ChildProcess process, UniqueFd console = {}) : process_{std::move(process)}, console_{std::move(console)} {}
    StartedProcess(StartedProcess&& other) noexcept;
    StartedProcess& operator=(StartedProcess&& other) noexcept;
    ~StartedProcess() { end(); }

    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] const Pidfd& pidfd() const { return process_.pidfd(); }
    UniqueFd take_console() { return std::move(console_); }
    std::optional<ExitStatus> try_wait(); ///< reaps it when it has ended
    ExitStatus wait();
    /// As the destructor, and tells how it ended; nothing when that is unknown.
    std::optional<ExitStatus> end() noexcept;

  private:
    ChildProcess process_; ///< pid 0: none, or reaped
    UniqueFd console_;
};

} // namespace skiff::runtime
