#pragma once

#include "net/dns_message.hpp"
#include "net/hub_request.hpp"
#include "net/listen_socket.hpp"
#include "net/name_table.hpp"
#include "net/poll_set.hpp"

#include <chrono>
#include <list>
#include <optional>
#include <vector>

namespace skiff::net {

/// A network's name service: names of its containers from the table, everything else from the host's name servers (or the
/// network's, or the container's own), by UDP and TCP.
///
/// What is known here is always answered. What one client may have outside at a time is bounded, so that it does not use up what
/// all have together: one question more is a server's failure, one stream more is closed.
///
/// A name without a dot is never asked outside: it is a container's or nobody's. What is not known to a client that is in other
/// networks as well is refused, and not denied: resolvers then ask the next server of resolv.conf, which is the other network's.
class NameServer
{
  public:
    NameServer(std::vector<UniqueFd> udp, std::vector<UniqueFd> tcp, NameTable& table, bool forwards);

    void set_name_servers(std::vector<std::string> servers) { name_servers_ = std::move(servers); }

    void before_poll(PollSet& polls);
    /// Milliseconds until something is due; -1: never.
    [[nodiscard]] int timeout_ms() const;
    void after_poll(const PollSet& polls);

  private:
    using Clock = std::chrono::steady_clock;
    struct Socket
    {
        UniqueFd fd;
        int poll_number = -1;
    };
    /// A question that was passed on, and waits for its answer.
    struct Forwarded
    {
        DnsBytes query;
        DnsQuestion question;
        std::vector<std::string> servers;
        std::size_t tries = 0;
        bool denies = true; ///< "no such name" may be told; else it becomes a refusal
        UniqueFd fd;        ///< to the server asked now
        int poll_number = -1;
        Clock::time_point due;
        int client = -1; ///< the socket that the answer leaves by
        HostEndpoint address;
    };
    /// A client that came by TCP: one question at a time.
    struct Stream
    {
        UniqueFd fd;
        IpAddress client;
        UniqueFd server; ///< while its question is passed on
        int poll_number = -1, server_number = -1;
        DnsBytes in, out, from_server;
        bool denies = true;
        Clock::time_point due;
    };

    void receive(const Socket& socket);
    /// The answer, when we know it; else nothing, and `servers` are to be asked.
    std::optional<DnsBytes> answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const NameTable::Entry* client,
                                   std::vector<std::string>& servers);
    [[nodiscard]] bool may_ask(const IpAddress& client) const;
    [[nodiscard]] bool may_come(const IpAddress& client) const;
    static bool ask_next(Forwarded& forwarded);
    static void finish(Forwarded& forwarded, DnsBytes answer);
    bool serve(Forwarded& forwarded, const PollSet& polls);
    void accept_streams(const Socket& socket);
    bool serve(Stream& stream, const PollSet& polls);
    void take_question(Stream& stream);

    std::vector<Socket> udp_, tcp_;
    NameTable& table_;
    bool forwards_;
    std::vector<std::string> name_servers_;
    std::list<Forwarded> forwarded_;
    std::list<Stream> streams_;
    std::optional<Clock::time_point> accepts_again_; ///< until then nobody is taken by TCP: no descriptor was free
};

} // namespace skiff::net
