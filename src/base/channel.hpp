#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace skiff {

/// One message with its descriptors. SOCK_SEQPACKET keeps the boundaries: one send is one receive.
struct Message
{
    std::string data;
    std::vector<UniqueFd> fds;
};

constexpr std::size_t max_message_bytes = 64U * 1024U;
constexpr std::size_t max_message_fds = 16;

/// A connected SOCK_SEQPACKET socket.
class Channel
{
  public:
    Channel() = default;
    explicit Channel(UniqueFd fd) : fd_{std::move(fd)} {}

    [[nodiscard]] int fd() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    void close() { fd_.reset(); }

    /// Waits for room. False when the peer has gone (EPIPE, ECONNRESET).
    bool send(std::string_view data, const std::vector<int>& fds = {}) const; // NOLINT(modernize-use-nodiscard)
    /// Sends only if there is room now. Would-block: nothing is sent and the answer is WouldBlock.
    enum class TrySend { Sent, WouldBlock, PeerGone };
    [[nodiscard]] TrySend try_send(std::string_view data, const std::vector<int>& fds = {}) const;
    /// Waits. Nothing at end of file, or when the peer has gone.
    [[nodiscard]] std::optional<Message> receive() const;
    /// As receive, but also nothing when no message is waiting; `ended` tells the two apart.
    [[nodiscard]] std::optional<Message> try_receive(bool& ended) const;
    /// The uid of the process that connected (SO_PEERCRED), as our user namespace sees it.
    [[nodiscard]] uid_t peer_uid() const;

  private:
    UniqueFd fd_;
};

/// Two connected ends.
std::pair<Channel, Channel> make_channel_pair();

/// A listening socket with a name in one of our directories (mode 0600). Paths longer than sun_path are bound through
/// /proc/self/fd (R28). An old socket of that name is replaced.
UniqueFd listen_at(int dir, const std::string& name);
/// Nothing when nobody listens there.
std::optional<Channel> find_channel(int dir, const std::string& name);
/// Accepts one connection of our own user; others are closed at once. Nothing when none is waiting.
std::optional<Channel> accept_channel(int listener);

} // namespace skiff
