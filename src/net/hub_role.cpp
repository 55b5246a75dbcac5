#include "net/hub_role.hpp"

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/idle_memory.hpp"
#include "base/log.hpp"
#include "base/role.hpp"
#include "net/address_pool.hpp"
#include "net/confinement.hpp"
#include "net/frame_filter.hpp"
#include "net/hub_namespace.hpp"
#include "net/name_server.hpp"
#include "net/neighbour_answer.hpp"
#include "net/net_request.hpp"
#include "net/published_ports.hpp"
#include "net/reassembler.hpp"
#include "net/resting_wait.hpp"
#include "net/switch_port.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <list>
#include <optional>

namespace skiff::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int frames_per_round = 64;       ///< as in net_role.cpp
constexpr std::array<std::uint8_t, 6> slirp_mac{0x52, 0x56, 0, 0, 0, 2}; ///< it looks at no frame's destination
constexpr std::size_t most_members = 4096; ///< connections: each container keeps one, and `network update` has one for a moment
constexpr std::chrono::seconds first_member_limit{20};
constexpr std::chrono::seconds rest_of_listener{1}; ///< while no descriptor is free

std::vector<IpNetwork> networks_of(const Network& network)
{
    std::vector<IpNetwork> networks;
    for (const NetworkSubnet& subnet : network.subnets)
        if (const auto known = find_ip_network(subnet.subnet))
            networks.push_back(*known);
    return networks;
}

/// Who has not been given an address may take any: they are all one.
std::string name_owner(const AddressPool& pool, const IpAddress& address)
{
    constexpr std::size_t short_id = 12;
    const std::string* id = pool.find_owner(address);
    return id == nullptr ? "addresses that no container was given" : cat("container ", id->substr(0, short_id));
}

/// What leads out of the network: libslirp and the forwards, at the other end of the tap.
class Uplink
{
  public:
    Uplink(const NetRequest& request, UniqueFd tap, std::vector<IpNetwork> behind, const AddressPool& pool)
        : addresses_{request.addresses()}, tap_{std::move(tap)}, filter_{addresses_, std::move(behind)},
          slirp_{request, [this](auto frame) { send_inside(frame); }, [&pool](const IpAddress& address) { return name_owner(pool, address); }},
          udp_{addresses_, [this](auto frame) { tap_.send(frame); }}
    {
    }

    PublishedPorts& ports() { return ports_; }

    int before_poll(PollSet& polls)
    {
        tap_number_ = polls.add(tap_.fd(), POLLIN);
        udp_.before_poll(polls);
        relay_.before_poll(polls);
        const int timeout_ms = slirp_.before_poll(polls);
        return answered_ ? 0 : timeout_ms; // libslirp sends what waited for the answer when it is asked next
    }

    void after_poll(const PollSet& polls, bool failed)
    {
        answered_ = false;
        slirp_.after_poll(polls, failed);
        udp_.after_poll(polls);
        relay_.after_poll(polls);
        if (polls.events(tap_number_) != 0)
            take_frames();
        for (const auto& answer : std::exchange(answers_, {})) {
            slirp_.input(answer);
            answered_ = true;
        }
    }

  private:
    void send_inside(std::span<const std::uint8_t> frame)
    {
        // Not from within libslirp: it is in the middle of something.
        if (auto answer = answer_neighbour(frame, addresses_.mac))
            answers_.push_back(std::move(*answer));
        tap_.send(frame);
    }

    void take_frames()
    {
        for (int i = 0; i < frames_per_round; ++i) {
            const std::span<std::uint8_t> frame = tap_.receive();
            if (frame.empty())
                return;
            // The router asks from an address that nothing else may come from; that libslirp is here needs no libslirp to say.
            if (frame.size() > ethernet_header && read16(frame, 12) == ethertype_ipv6)
                if (const auto answer = answer_neighbour(frame, slirp_mac)) {
                    tap_.send(*answer);
                    continue;
                }
            const std::span<std::uint8_t> whole = reassembler_.take(frame);
            if (!whole.empty() && filter_.admit(whole) && !udp_.take(whole))
                slirp_.input(whole);
        }
    }

    NetworkAddresses addresses_;
    SwitchPort tap_;
    Reassembler reassembler_;
    FrameFilter filter_;
    Slirp slirp_;
    UdpForwards udp_;
    TcpRelay relay_;
    PublishedPorts ports_{slirp_, relay_, udp_};
    std::vector<std::vector<std::uint8_t>> answers_;
    bool answered_ = false;
    int tap_number_ = -1;
};

class HubLoop
{
  public:
    HubLoop(const HubRequest& request, int listener)
        : network_{request.network}, listener_{listener}, hub_{make_hub_namespace(request)}, pool_{network_},
          names_{std::move(hub_.udp), std::move(hub_.tcp), table_, !network_.internal}
    {
        if (const auto uplink = make_uplink_request(request)) {
            uplink_.emplace(*uplink, std::move(hub_.tap), networks_of(network_), pool_);
            servers_inside_ = uplink->name_servers_inside();
        }
        if (network_.dns_enabled) {
            servers_inside_.clear();
            for (const NetworkSubnet& subnet : network_.subnets)
                servers_inside_.push_back(subnet.gateway);
        }
        host_name_servers_ = request.name_servers;
        names_.set_name_servers(network_.dns_servers.empty() ? host_name_servers_ : network_.dns_servers);
    }

    void run();

  private:
    struct Member
    {
        Channel channel;
        std::string id; ///< empty before it has joined
        int poll_number = -1;
        bool gone = false;
        std::vector<NetworkMembership::Address> addresses;
        std::vector<PortMapping> ports;
    };

    void accept_members();
    void serve(Member& member);
    void handle(Member& member, const MemberRequest& request);
    void join(Member& member, const MemberRequest& request);
    void change(Member& member, const MemberRequest& request);
    void forget(Member& member);
    [[nodiscard]] bool is_over() const;

    Network network_;
    int listener_;
    HubNamespace hub_;
    AddressPool pool_;
    NameTable table_;
    NameServer names_;
    std::optional<Uplink> uplink_;
    std::vector<std::string> host_name_servers_, servers_inside_;
    std::list<Member> members_;
    int listener_number_ = -1;
    bool had_members_ = false;
    Clock::time_point began_ = Clock::now();
    std::optional<Clock::time_point> listens_again_; ///< until then who comes waits in the queue: there is no descriptor for them
};

bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS; }

void HubLoop::accept_members()
{
    try {
        while (members_.size() < most_members) {
            auto channel = accept_channel(listener_);
            if (!channel)
                return;
            members_.emplace_back().channel = std::move(*channel);
        }
    } catch (const Error& error) {
        if (!is_shortage(error.errno_value()))
            throw;
        // The connections of the members that are in use up the descriptors; they must not lose them for one that comes.
        log::warn(cat("network ", network_.name, ": ", error.message(), "; trying again"));
        listens_again_ = Clock::now() + rest_of_listener;
    }
}

std::optional<in_addr> find_ipv4_of(const std::vector<NetworkMembership::Address>& addresses)
{
    for (const NetworkMembership::Address& address : addresses)
        if (const auto ipv4 = find_ipv4(address.address))
            return ipv4;
    return std::nullopt;
}

void HubLoop::change(Member& member, const MemberRequest& request)
{
    NameTable::Entry entry{request.names, {}, request.name_servers, request.is_last};
    for (const NetworkMembership::Address& address : member.addresses)
        if (const auto known = find_ip_address(address.address))
            entry.addresses.push_back(*known);
    table_.set(member.id, std::move(entry));
    if (request.ports == member.ports)
        return;
    const auto container = find_ipv4_of(member.addresses);
    if (!request.ports.empty() && !(uplink_ && container))
        throw Error{ErrorKind::NotExecutable, cat("network ", network_.name, " cannot publish ports")}; // who asks knows: NamedNetworks
    if (uplink_) {
        uplink_->ports().withdraw(member.id);
        member.ports.clear();
        uplink_->ports().publish(member.id, request.ports, container);
    }
    member.ports = request.ports;
}

void HubLoop::join(Member& member, const MemberRequest& request)
{
    for (Member& other : members_)
        if (&other != &member && other.id == request.id)
            forget(other); // its monitor was killed, and we have not seen the end of the connection yet
    member.addresses = pool_.take(request.id, request.addresses, request.preferred);
    member.id = request.id;
    had_members_ = true;
    try {
        change(member, request);
    } catch (const Error&) {
        forget(member);
        throw;
    }
    member.channel.send(serialize(MemberAnswer{member.addresses, servers_inside_}), {hub_.descriptor.get()});
}

void HubLoop::forget(Member& member)
{
    if (!member.id.empty()) {
        if (uplink_)
            uplink_->ports().withdraw(member.id);
        table_.remove(member.id);
        pool_.give_back(member.id);
    }
    member.id.clear();
    member.gone = true;
}

void HubLoop::handle(Member& member, const MemberRequest& request)
{
    using Kind = MemberRequest::Kind;
    if (request.kind == Kind::Join) {
        join(member, request);
        return;
    }
    if (request.kind == Kind::Change)
        change(member, request);
    if (request.kind == Kind::Leave)
        forget(member);
    if (request.kind == Kind::SetNameServers)
        names_.set_name_servers(request.name_servers.empty() ? host_name_servers_ : request.name_servers);
    member.channel.send(serialize(MemberAnswer{}));
}

void HubLoop::serve(Member& member)
{
    try {
        const auto message = member.channel.receive();
        if (!message) {
            forget(member);
            return;
        }
        try {
            handle(member, parse_member_request(message->data));
        } catch (const Error& error) {
            member.channel.send(serialize(NetFailed{static_cast<int>(error.kind()), error.errno_value(), error.message(), error.hint()}));
        }
    } catch (const Error& error) { // one connection does not work: the others do
        log::warn(cat("network ", network_.name, ": ", error.message()));
        forget(member);
    }
}

bool HubLoop::is_over() const { return members_.empty() && (had_members_ || Clock::now() - began_ > first_member_limit); }

void HubLoop::run()
{
    PollSet polls;
    const auto earlier = [](int left, int right) { return left < 0 ? right : right < 0 ? left : std::min(left, right); };
    while (!is_over()) {
        polls.clear();
        if (listens_again_ && *listens_again_ <= Clock::now())
            listens_again_.reset();
        listener_number_ = listens_again_ ? -1 : polls.add(listener_, POLLIN);
        for (Member& member : members_)
            member.poll_number = polls.add(member.channel.fd(), POLLIN);
        names_.before_poll(polls);
        int timeout_ms = names_.timeout_ms();
        if (uplink_)
            timeout_ms = earlier(timeout_ms, make_timeout(uplink_->before_poll(polls)));
        if (members_.empty() || listens_again_)
            timeout_ms = earlier(timeout_ms, 1000);
        const bool woken = wait_and_rest(polls, timeout_ms);
        const bool failed = !woken && errno == EINTR;
        if (uplink_)
            uplink_->after_poll(polls, failed);
        names_.after_poll(polls);
        for (Member& member : members_)
            if (polls.events(member.poll_number) != 0)
                serve(member);
        std::erase_if(members_, [](const Member& member) { return member.gone; });
        // A member that comes at the last moment keeps the network alive; one that comes later finds nobody and makes a new one.
        if (polls.events(listener_number_) != 0 || members_.empty())
            accept_members();
    }
}

} // namespace

int run_hub_role(const std::string& request_text)
{
    UniqueFd listener{first_role_fd};
    ::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
    std::optional<HubLoop> loop;
    try {
        const HubRequest request = parse_hub_request(request_text);
        loop.emplace(request, listener.get());
        enter_confinement(request.name_servers);
        release_idle_memory();
    } catch (const Error& error) {
        // Who waits in the queue is told why there is no network.
        const std::string reason = serialize(NetFailed{static_cast<int>(error.kind()), error.errno_value(), error.message(), error.hint()});
        while (const auto channel = accept_channel(listener.get()))
            channel->send(reason);
        return EXIT_FAILURE;
    }
    try {
        loop->run();
        return EXIT_SUCCESS;
    } catch (const Error& error) {
        log::warn(cat("the network's process ends: ", error.message()));
        // Before the members see the end of their connections: then they find nobody and make a new process.
        listener.reset();
        return EXIT_FAILURE;
    }
}

} // namespace skiff::net
