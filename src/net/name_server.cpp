#include "net/name_server.hpp"

#include "base/error.hpp"
#include "net/packet.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace skiff::net {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::size_t most_forwarded = 512;
constexpr std::size_t most_streams = 64;
constexpr int most_forwarded_of_client = 64;
constexpr int most_streams_of_client = 8;
constexpr std::size_t largest_message = 65535;
constexpr std::size_t largest_question = 4096;
constexpr int questions_per_round = 64; // so that one flood does not starve everybody else
constexpr std::chrono::seconds patience{2};
constexpr std::chrono::seconds stream_patience{10};
constexpr std::chrono::seconds rest_of_listeners{1};
constexpr std::size_t rounds = 2; ///< so often all servers are asked

IpAddress address_of(const HostEndpoint& endpoint)
{
    IpAddress address;
    if (endpoint.family() == AF_INET6) {
        address.ipv6 = true;
        std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_addr, 16);
    } else {
        std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_addr, 4);
    }
    return address;
}

/// A socket of the host's, on its way to a name server. Empty when the server cannot be reached at all.
UniqueFd connect_to(const std::string& server, int type)
{
    try {
        const HostEndpoint endpoint = make_endpoint(server.substr(0, server.find('%')), dns_port);
        UniqueFd fd{::socket(endpoint.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (fd && (::connect(fd.get(), endpoint.get(), endpoint.size) == 0 || errno == EINPROGRESS))
            return fd;
    } catch (const Error&) { // a line of resolv.conf that is no address: the next one may be
    }
    return {};
}

/// A denial is turned into a refusal for clients that have other name servers to ask.
void soften(DnsBytes& answer, bool denies)
{
    if (!denies && find_dns_code(answer) == DnsCode::NoSuchName)
        answer[3] = static_cast<std::uint8_t>((answer[3] & 0xf0U) | static_cast<unsigned>(DnsCode::Refused));
}

DnsBytes with_length(const DnsBytes& message)
{
    DnsBytes framed(2 + message.size());
    framed[0] = static_cast<std::uint8_t>(message.size() >> 8U);
    framed[1] = static_cast<std::uint8_t>(message.size() & 0xffU);
    std::copy(message.begin(), message.end(), framed.begin() + 2);
    return framed;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

} // namespace

NameServer::NameServer(std::vector<UniqueFd> udp, std::vector<UniqueFd> tcp, NameTable& table, bool forwards)
    : table_{table}, forwards_{forwards}
{
    for (UniqueFd& fd : udp)
        udp_.push_back({std::move(fd), -1});
    for (UniqueFd& fd : tcp)
        tcp_.push_back({std::move(fd), -1});
}

void NameServer::before_poll(PollSet& polls)
{
    for (Socket& socket : udp_)
        socket.poll_number = polls.add(socket.fd.get(), POLLIN);
    if (accepts_again_ && *accepts_again_ <= Clock::now())
        accepts_again_.reset();
    for (Socket& socket : tcp_)
        socket.poll_number = accepts_again_ ? -1 : polls.add(socket.fd.get(), POLLIN);
    for (Forwarded& forwarded : forwarded_)
        forwarded.poll_number = polls.add(forwarded.fd.get(), POLLIN);
    for (Stream& stream : streams_) {
        stream.poll_number = -1;
        if (!stream.server) // while its question is asked outside, the client waits
            stream.poll_number = polls.add(stream.fd.get(), static_cast<short>(stream.out.empty() ? POLLIN : POLLOUT));
        stream.server_number = stream.server ? polls.add(stream.server.get(), static_cast<short>(stream.in.empty() ? POLLIN : POLLOUT)) : -1;
    }
}

int NameServer::timeout_ms() const
{
    std::optional<Clock::time_point> first;
    const auto consider = [&](Clock::time_point due) { first = first ? std::min(*first, due) : due; };
    for (const Forwarded& forwarded : forwarded_)
        consider(forwarded.due);
    for (const Stream& stream : streams_)
        consider(stream.due);
    if (accepts_again_)
        consider(*accepts_again_);
    if (!first)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void NameServer::after_poll(const PollSet& polls)
{
    std::erase_if(forwarded_, [&](Forwarded& forwarded) { return !serve(forwarded, polls); });
    std::erase_if(streams_, [&](Stream& stream) { return !serve(stream, polls); });
    for (const Socket& socket : udp_)
        if (polls.events(socket.poll_number) != 0)
            receive(socket);
    for (const Socket& socket : tcp_)
        if (polls.events(socket.poll_number) != 0)
            accept_streams(socket);
}

std::optional<DnsBytes> NameServer::answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const NameTable::Entry* client,
                                           std::vector<std::string>& servers)
{
    const DnsCode unknown = client == nullptr || client->is_last ? DnsCode::NoSuchName : DnsCode::Refused;
    if (question.is(DnsType::Ptr)) {
        if (const auto address = find_reverse_address(question.name))
            if (const auto names = table_.find_names(*address); !names.empty())
                return make_dns_names_answer(query, question, names);
    } else if (const auto addresses = table_.find(question.name, question.is(DnsType::Aaaa))) {
        const bool wants = question.is(DnsType::A) || question.is(DnsType::Aaaa) || question.is(DnsType::Any);
        return make_dns_answer(query, question, wants ? *addresses : std::vector<IpAddress>{});
    }
    if (NameTable::is_local(question.name) && !question.name.empty())
        return make_dns_code(query, question, unknown);
    servers = client != nullptr && !client->name_servers.empty() ? client->name_servers : name_servers_;
    if (!forwards_)
        return make_dns_code(query, question, unknown);
    if (servers.empty())
        return make_dns_code(query, question, DnsCode::ServerFailure);
    return std::nullopt;
}

bool NameServer::may_ask(const IpAddress& client) const
{
    const auto is_theirs = [&](const Forwarded& forwarded) { return address_of(forwarded.address) == client; };
    return forwarded_.size() < most_forwarded && std::count_if(forwarded_.begin(), forwarded_.end(), is_theirs) < most_forwarded_of_client;
}

bool NameServer::may_come(const IpAddress& client) const
{
    const auto is_theirs = [&](const Stream& stream) { return stream.client == client; };
    return streams_.size() < most_streams && std::count_if(streams_.begin(), streams_.end(), is_theirs) < most_streams_of_client;
}

void NameServer::receive(const Socket& socket)
{
    std::array<std::uint8_t, largest_question> buffer; // NOLINT: filled by recvfrom
    for (int i = 0; i < questions_per_round; ++i) {
        HostEndpoint client;
        client.size = sizeof client.address;
        const ssize_t got = ::recvfrom(socket.fd.get(), buffer.data(), buffer.size(), 0, client.get(), &client.size);
        if (got < 0)
            return;
        const auto query = std::span<const std::uint8_t>{buffer}.first(static_cast<std::size_t>(got));
        const auto question = parse_dns_question(query);
        if (!question)
            continue;
        const NameTable::Entry* owner = table_.find_owner(address_of(client));
        std::vector<std::string> servers;
        auto known = answer(query, *question, owner, servers);
        if (!known && !may_ask(address_of(client)))
            known = make_dns_code(query, *question, DnsCode::ServerFailure);
        if (known) {
            (void)!::sendto(socket.fd.get(), known->data(), known->size(), MSG_NOSIGNAL, client.get(), client.size);
            continue;
        }
        Forwarded forwarded;
        forwarded.query.assign(query.begin(), query.end());
        forwarded.question = *question;
        forwarded.servers = std::move(servers);
        forwarded.denies = owner == nullptr || owner->is_last;
        forwarded.client = socket.fd.get();
        forwarded.address = client;
        if (ask_next(forwarded))
            forwarded_.push_back(std::move(forwarded));
    }
}

/// False when all have been asked: the client has been told then.
bool NameServer::ask_next(Forwarded& forwarded)
{
    while (forwarded.tries < rounds * forwarded.servers.size()) {
        const std::string& server = forwarded.servers[forwarded.tries++ % forwarded.servers.size()];
        forwarded.fd = connect_to(server, SOCK_DGRAM);
        if (forwarded.fd && ::send(forwarded.fd.get(), forwarded.query.data(), forwarded.query.size(), MSG_NOSIGNAL) >= 0) {
            forwarded.due = Clock::now() + patience;
            return true;
        }
    }
    finish(forwarded, make_dns_code(forwarded.query, forwarded.question, DnsCode::ServerFailure));
    return false;
}

void NameServer::finish(Forwarded& forwarded, DnsBytes answer)
{
    soften(answer, forwarded.denies);
    (void)!::sendto(forwarded.client, answer.data(), answer.size(), MSG_NOSIGNAL, forwarded.address.get(), forwarded.address.size);
}

bool NameServer::serve(Forwarded& forwarded, const PollSet& polls)
{
    static std::array<std::uint8_t, largest_message> buffer;
    if (polls.events(forwarded.poll_number) != 0) {
        const ssize_t got = ::recv(forwarded.fd.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && would_block())
            return true;
        if (got < static_cast<ssize_t>(dns_header)) // refused (ICMP), or nonsense
            return ask_next(forwarded);
        const auto message = std::span<const std::uint8_t>{buffer}.first(static_cast<std::size_t>(got));
        if (read16(message, 0) != forwarded.question.id)
            return true; // not the answer; the socket is connected, so it is the server's own confusion
        const auto code = find_dns_code(message);
        const bool may_be_better = code == DnsCode::ServerFailure || code == DnsCode::Refused;
        if (may_be_better && forwarded.tries < forwarded.servers.size())
            return ask_next(forwarded);
        finish(forwarded, DnsBytes{message.begin(), message.end()});
        return false;
    }
    return forwarded.due > Clock::now() || ask_next(forwarded);
}

void NameServer::accept_streams(const Socket& socket)
{
    for (int i = 0; i < questions_per_round; ++i) {
        Stream stream;
        HostEndpoint client;
        client.size = sizeof client.address;
        stream.fd.reset(::accept4(socket.fd.get(), client.get(), &client.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!stream.fd) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                accepts_again_ = Clock::now() + rest_of_listeners;
            return;
        }
        stream.client = address_of(client);
        if (!may_come(stream.client))
            continue; // closes it
        stream.due = Clock::now() + stream_patience;
        streams_.push_back(std::move(stream));
    }
}

/// Answers the question that is complete in `in`, or passes it on: then it waits there, with its length in front.
void NameServer::take_question(Stream& stream)
{
    if (stream.in.size() < 2)
        return;
    const std::size_t size = read16(stream.in, 0);
    if (stream.in.size() < size + 2)
        return;
    const auto query = std::span<const std::uint8_t>{stream.in}.subspan(2, size);
    const auto question = parse_dns_question(query);
    const NameTable::Entry* owner = table_.find_owner(stream.client);
    std::vector<std::string> servers;
    if (!question) {
        stream.due = Clock::now(); // closes it
        return;
    }
    if (const auto known = answer(query, *question, owner, servers)) {
        stream.out = with_length(*known);
        stream.in.erase(stream.in.begin(), stream.in.begin() + static_cast<std::ptrdiff_t>(size + 2));
        return;
    }
    stream.denies = owner == nullptr || owner->is_last;
    for (const std::string& server : servers)
        if (stream.server = connect_to(server, SOCK_STREAM); stream.server)
            break;
    if (!stream.server) {
        stream.out = with_length(make_dns_code(query, *question, DnsCode::ServerFailure));
        stream.in.clear();
    }
}

/// False when it is over.
bool NameServer::serve(Stream& stream, const PollSet& polls)
{
    static std::array<std::uint8_t, 16384> buffer;
    if (stream.due <= Clock::now())
        return false;
    const short events = polls.events(stream.poll_number);
    const short server_events = polls.events(stream.server_number);
    if (stream.server && server_events != 0 && !stream.in.empty()) { // connected: the question goes out
        const ssize_t put = ::send(stream.server.get(), stream.in.data(), stream.in.size(), MSG_NOSIGNAL);
        if (put < 0)
            return would_block();
        stream.in.erase(stream.in.begin(), stream.in.begin() + put);
    } else if (stream.server && server_events != 0) {
        const ssize_t got = ::recv(stream.server.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return got < 0 && would_block();
        stream.from_server.insert(stream.from_server.end(), buffer.begin(), buffer.begin() + got);
        if (stream.from_server.size() >= 2 && stream.from_server.size() >= read16(stream.from_server, 0) + 2U) {
            DnsBytes message{stream.from_server.begin() + 2, stream.from_server.end()};
            soften(message, stream.denies);
            stream.out = with_length(message);
            stream.from_server.clear();
            stream.server.reset();
        }
    }
    if (events == 0)
        return true;
    if (!stream.out.empty()) {
        const ssize_t put = ::send(stream.fd.get(), stream.out.data(), stream.out.size(), MSG_NOSIGNAL);
        if (put < 0)
            return would_block();
        stream.out.erase(stream.out.begin(), stream.out.begin() + put);
        stream.due = Clock::now() + stream_patience;
        return true;
    }
    const ssize_t got = ::recv(stream.fd.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0)
        return got < 0 && would_block();
    stream.in.insert(stream.in.end(), buffer.begin(), buffer.begin() + got);
    if (stream.in.size() > largest_message + 2)
        return false;
    take_question(stream);
    return true;
}

} // namespace skiff::net
