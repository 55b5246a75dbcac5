#include "net/tcp_relay.hpp"

#include "net/confinement.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace skiff::net {
namespace {

constexpr std::size_t chunk = 64U * 1024U;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS; }

/// False when the receiver is gone.
bool write_waiting(int fd, std::string& waiting)
{
    while (!waiting.empty()) {
        const ssize_t put = ::send(fd, waiting.data(), waiting.size(), MSG_NOSIGNAL);
        if (put < 0)
            return would_block(errno);
        waiting.erase(0, static_cast<std::size_t>(put));
    }
    return true;
}

} // namespace

TcpRelay::TcpRelay() : most_connections_{std::min<std::size_t>(4096, find_process_limits().descriptors / 16)} {}

int TcpRelay::publish(UniqueFd listener, const HostEndpoint& target)
{
    Listener made{std::move(listener), target};
    const auto unused = std::find_if(listeners_.begin(), listeners_.end(), [](const Listener& l) { return !l.socket; });
    if (unused == listeners_.end()) {
        listeners_.push_back(std::move(made));
        return static_cast<int>(listeners_.size()) - 1;
    }
    *unused = std::move(made);
    return static_cast<int>(unused - listeners_.begin());
}

void TcpRelay::withdraw(int number) { listeners_[static_cast<std::size_t>(number)].socket.reset(); }

void TcpRelay::before_poll(PollSet& polls)
{
    for (Listener& listener : listeners_)
        listener.poll_number = listener.socket && connections_.size() < most_connections_ ? polls.add(listener.socket.get(), POLLIN) : -1;
    // A side is read only while nothing waits for the other one: that is all the flow control there is.
    const auto events = [](const Flow& reads, const Flow& writes) {
        return static_cast<short>((!reads.ended && reads.waiting.empty() ? POLLIN : 0) | (writes.waiting.empty() ? 0 : POLLOUT));
    };
    for (Connection& connection : connections_) {
        connection.client_number = connection.server_number = -1;
        if (connection.connecting) {
            connection.server_number = polls.add(connection.server.get(), POLLOUT);
            continue;
        }
        // Nothing to wait for on a side: left out, or its POLLHUP would keep the loop awake.
        if (const short wanted = events(connection.to_server, connection.to_client); wanted != 0)
            connection.client_number = polls.add(connection.client.get(), wanted);
        if (const short wanted = events(connection.to_client, connection.to_server); wanted != 0)
            connection.server_number = polls.add(connection.server.get(), wanted);
    }
}

void TcpRelay::after_poll(const PollSet& polls)
{
    std::erase_if(connections_, [&](Connection& connection) { return !serve(connection, polls); });
    for (const Listener& listener : listeners_)
        if (polls.events(listener.poll_number) != 0)
            accept_all(listener);
}

void TcpRelay::accept_all(const Listener& listener)
{
    while (connections_.size() < most_connections_) {
        Connection connection;
        connection.client.reset(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection.client)
            return; // nobody else waits; or out of descriptors, and the next round tries again
        connection.server.reset(::socket(listener.target.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int on = 1;
        for (const UniqueFd* side : {&connection.client, &connection.server})
            ::setsockopt(side->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(connection.server.get(), listener.target.get(), listener.target.size) != 0 && !would_block(errno))
            continue; // dropped: the client sees the connection closed
        connections_.push_back(std::move(connection));
    }
}

bool TcpRelay::serve(Connection& connection, const PollSet& polls)
{
    if (connection.connecting) {
        const short events = polls.events(connection.server_number);
        if ((events & (POLLERR | POLLHUP)) != 0)
            return false;
        connection.connecting = (events & POLLOUT) == 0;
        return true;
    }
    const auto move = [&](Flow& flow, int from, short from_events, int to, short to_events) {
        static std::array<char, chunk> buffer;
        if (!flow.waiting.empty() && to_events != 0 && !write_waiting(to, flow.waiting))
            return false;
        if (!flow.ended && flow.waiting.empty() && (from_events & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
            if (got < 0 && !would_block(errno))
                return false;
            flow.ended = got == 0;
            ssize_t put = 0;
            if (got > 0) {
                put = ::send(to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
                if (put < 0 && !would_block(errno))
                    return false;
                flow.waiting.assign(buffer.data() + std::max<ssize_t>(put, 0), buffer.data() + got);
            }
        }
        if (flow.ended && flow.waiting.empty() && !flow.closed) {
            ::shutdown(to, SHUT_WR);
            flow.closed = true;
        }
        return true;
    };
    const int client = connection.client.get();
    const int server = connection.server.get();
    const short client_events = polls.events(connection.client_number);
    const short server_events = polls.events(connection.server_number);
    return move(connection.to_server, client, client_events, server, server_events) &&
           move(connection.to_client, server, server_events, client, client_events) &&
           !(connection.to_server.closed && connection.to_client.closed);
}

} // namespace skiff::net
