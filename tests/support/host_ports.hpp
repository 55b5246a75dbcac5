#pragma once

#include <cstdint>
#include <string>

/// The host's side of a container's network, as a stranger on the same machine uses it.
namespace skiff::testing {

/// A TCP port of the host that is free now (and most likely free for UDP, too).
std::uint16_t free_port();
/// The body of http://127.0.0.1:port/, or an empty string after trying for a while.
std::string http_get(std::uint16_t port, const std::string& path = "/");
/// What comes back for a datagram to 127.0.0.1:port, or an empty string after trying for a while.
std::string ask_udp(std::uint16_t port, const std::string& text);

/// Listens on 127.0.0.1 while it lives, and answers nobody.
class BusyPort
{
  public:
    BusyPort();
    BusyPort(const BusyPort&) = delete;
    BusyPort& operator=(const BusyPort&) = delete;
    ~BusyPort();
    [[nodiscard]] std::uint16_t number() const { return number_; }

  private:
    int fd_;
    std::uint16_t number_;
};

/// Listens on all addresses while it lives: thousands of clients are connected by the kernel, and hear nothing.
class SilentServer
{
  public:
    SilentServer();
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;
    ~SilentServer();
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    int fd_;
    std::uint16_t port_ = 0;
};

} // namespace skiff::testing
