#pragma once

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/process.hpp"
#include "runtime/handshake.hpp"

#include <optional>
#include <vector>

namespace skiff::runtime {

/// The parent's end of handshake.hpp. Nothing in it waits except wait(): a process that the kernel holds up (an exec from a
/// file server that does not answer) must not hold us up.
class ParentHandshake
{
  public:
    struct Heard
    {
        HandshakeMessage message{};
        std::vector<UniqueFd> fds;
    };

    ParentHandshake() = default;
    explicit ParentHandshake(Channel channel) : channel_{std::move(channel)} {}

    [[nodiscard]] int fd() const { return channel_.fd(); }
    explicit operator bool() const { return static_cast<bool>(channel_); }
    void close() { channel_.close(); }

    void say(Word word) const; ///< a peer that has gone shows in try_hear()
    /// The next message that is there. At the end of file nothing, and the handshake is closed.
    std::optional<Heard> try_hear();
    void wait() const; ///< until there is something to hear, be it the end

  private:
    Channel channel_;
};

/// Whether a child of ours that has not been reaped has executed a program. The end of the handshake alone does not say so: it
/// also ends with a process that was killed.
bool has_executed(int proc, pid_t pid);

/// Why a process went away before exec. It has ended or is about to, and is reaped here.
Error explain_end_before_exec(ChildProcess& process);

} // namespace skiff::runtime
