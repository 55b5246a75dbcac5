#pragma once

#include "base/unique_fd.hpp"
#include "net/listen_socket.hpp"
#include "net/poll_set.hpp"

#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace skiff::net {

/// Published TCP ports on the host's IPv6 addresses: connections are passed on to an IPv4 listener of this process, and so
/// reach servers that listen on IPv4 only, which many do. (libslirp forwards IPv6 to IPv6 only: a browser that asks
/// localhost at ::1 first would find nobody.) Inside, these clients seem to be at the host's address.
class TcpRelay
{
  public:
    TcpRelay(); ///< before the process is confined

    /// `listener` as from open_host_socket; its connections go to `target`.
    /// Returns what withdraw takes.
    int publish(UniqueFd listener, const HostEndpoint& target);
    /// No new connections; those that there are end with their other side.
    void withdraw(int number);

    void before_poll(PollSet& polls);
    void after_poll(const PollSet& polls);

  private:
    struct Listener
    {
        UniqueFd socket; ///< none: withdrawn, and free for another one
        HostEndpoint target;
        int poll_number = -1;
    };
    /// One way of a connection: what was read and not yet written is `waiting`.
    struct Flow
    {
        std::string waiting;
        bool ended = false;  ///< the reading side is at its end
        bool closed = false; ///< ... and the writing side knows
    };
    struct Connection
    {
        UniqueFd client, server;
        Flow to_server, to_client;
        bool connecting = true;
        int client_number = -1, server_number = -1;
    };

    void accept_all(const Listener& listener);
    /// False when the connection is over.
    static bool serve(Connection& connection, const PollSet& polls);

    std::size_t most_connections_; ///< each has two descriptors here, and a third one with libslirp
    std::vector<Listener> listeners_;
    std::list<Connection> connections_;
};

} // namespace skiff::net
