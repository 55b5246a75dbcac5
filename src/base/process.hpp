#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace skiff {

/// Names a process for ever: a bare pid on disk would be a bug waiting for reuse (security.md R23).
struct ProcessIdentity
{
    pid_t pid = 0;
    std::uint64_t start_time = 0; ///< clock ticks after boot: field 22 of /proc/PID/stat
    std::string boot;             ///< boot_id() when it was recorded

    bool operator==(const ProcessIdentity&) const = default;
};

std::optional<std::uint64_t> find_start_time(pid_t pid);
/// Of a live process of this pid namespace; throws when it is gone.
ProcessIdentity identify(pid_t pid);

/// How a process ended.
struct ExitStatus
{
    int code = 0;   ///< as a shell shows it: 0 to 255, 128 + signal when killed
    int signal = 0; ///< 0 unless killed by one
    static ExitStatus from_wait(int wait_status);
};

/// Owns a pidfd: a reference to one process that cannot be reused by another.
class Pidfd
{
  public:
    Pidfd() = default;
    explicit Pidfd(UniqueFd fd) : fd_{std::move(fd)} {}
    /// Nothing when the process is gone or is not the one that was recorded.
    static std::optional<Pidfd> find(const ProcessIdentity& identity);
    static std::optional<Pidfd> find(pid_t pid);

    [[nodiscard]] int get() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    /// False when the process is gone already.
    bool send_signal(int signal) const; // NOLINT(modernize-use-nodiscard)
    /// Readable once the process has ended; for a poll of one's own use get().
    [[nodiscard]] bool wait_for_end(int timeout_ms) const; ///< -1: for ever

  private:
    UniqueFd fd_;
};

/// A child of ours, reaped by its owner. Dropping it neither kills nor waits.
class ChildProcess
{
  public:
    ChildProcess() = default;
    ChildProcess(pid_t pid, Pidfd pidfd) : pid_{pid}, pidfd_{std::move(pidfd)} {}
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] const Pidfd& pidfd() const { return pidfd_; }
    ExitStatus wait(); ///< once
    std::optional<ExitStatus> try_wait();

  private:
    pid_t pid_ = 0;
    Pidfd pidfd_;
};

/// What a new program gets. Nothing is inherited that is not named here.
struct SpawnRequest
{
    std::vector<std::string> argv;                       ///< argv[0] is executed as a path unless exec_fd is set; no $PATH search
    std::optional<std::vector<std::string>> environment; ///< "NAME=value"; nothing: ours
    std::vector<std::pair<int, int>> fds;                ///< {ours, the child's number}; all others are closed
    int exec_fd = -1;                                    ///< execute this file instead of argv[0]
    bool new_session = false;
    bool null_stdio = true; ///< 0, 1 and 2 become /dev/null where `fds` does not name them; else they stay ours
    std::string directory;  ///< chdir before exec; empty: ours
};

/// Starts a program. An exec that fails is an Error here, with errno.
ChildProcess spawn_process(const SpawnRequest& request);

/// Runs a program to its end with `input` as its standard input; returns its status, and what it printed, each capped.
struct RunResult
{
    ExitStatus status;
    std::string output;
    std::string error_output;
};
RunResult run_process(SpawnRequest request, const std::string& input = {}, std::size_t output_limit = 1U << 20U);

/// How many processors this process may use; at least one.
unsigned count_processors();

/// The absolute path of a helper program, looked for in the system's directories only, never in $PATH (R25).
std::optional<std::string> find_system_program(const std::string& name);

} // namespace skiff
