#pragma once

#include "base/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <sys/types.h>

/// System calls that a filter holds until somebody outside has answered (SECCOMP_RET_USER_NOTIF, Linux 5.0).
namespace skiff::kernel {

struct HeldCall
{
    std::uint64_t id = 0;
    pid_t pid = 0;        ///< as this process sees it; a thread's
    bool is_native = false; ///< `number` is one of this machine's own architecture
    int number = 0;
    std::array<std::uint64_t, 6> arguments{};
};

/// Whoever made a call that is held waits for us. When the listener goes, such calls fail with ENOSYS.
class SeccompListener
{
  public:
    explicit SeccompListener(UniqueFd fd) : fd_{std::move(fd)} {}

    [[nodiscard]] int fd() const { return fd_.get(); } ///< readable when a call is held
    /// Nothing when its caller has been killed meanwhile.
    [[nodiscard]] std::optional<HeldCall> try_receive() const;
    /// Whether the caller still waits: then what was opened by its pid is its own, and not that of a later process.
    [[nodiscard]] bool is_held(const HeldCall& call) const;
    /// The call returns 0 without having been made.
    void answer_done(const HeldCall& call) const;

  private:
    UniqueFd fd_;
};

/// Whether a filter with a listener can be loaded: not on old kernels, and not below another one.
bool can_listen_to_seccomp();

} // namespace skiff::kernel
