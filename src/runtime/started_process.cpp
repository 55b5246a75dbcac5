#include "runtime/started_process.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <csignal>
#include <utility>

namespace skiff::runtime {
namespace {

constexpr int kill_timeout_ms = 10'000;

} // namespace

std::optional<ExitStatus> end_child(ChildProcess& child) noexcept
{
    try {
        if (child.pid() <= 0)
            return std::nullopt;
        if (!child.pidfd())
            return child.try_wait();
        if (!child.pidfd().wait_for_end(0))
            child.pidfd().send_signal(SIGKILL);
        if (child.pidfd().wait_for_end(kill_timeout_ms))
            return child.try_wait();
        log::warn(cat("process ", child.pid(), " does not end although it was killed"));
    } catch (const std::exception& error) {
        log::warn(cat("ending process ", child.pid(), ": ", error.what(), "; ignored"));
    }
    return std::nullopt;
}

StartedProcess::StartedProcess(StartedProcess&& other) noexcept
    : process_{std::exchange(other.process_, ChildProcess{})}, console_{std::move(other.console_)}
{
}

StartedProcess& StartedProcess::operator=(StartedProcess&& other) noexcept
{
    if (this != &other) {
        end();
        process_ = std::exchange(other.process_, ChildProcess{});
        console_ = std::move(other.console_);
    }
    return *this;
}

std::optional<ExitStatus> StartedProcess::try_wait()
{
    auto status = process_.try_wait();
    if (status)
        process_ = ChildProcess{};
    return status;
}

ExitStatus StartedProcess::wait()
{
    const ExitStatus status = process_.wait();
    process_ = ChildProcess{};
    return status;
}

std::optional<ExitStatus> StartedProcess::end() noexcept
{
    ChildProcess process = std::exchange(process_, ChildProcess{});
    return end_child(process);
}

} // namespace skiff::runtime
