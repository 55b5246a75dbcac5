#include "net/slirp.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"

#include <climits>
#include <ctime>
#include <libslirp.h>
#include <utility>

namespace skiff::net {
namespace {

constexpr int listen_backlog = 4096;

short to_poll(int slirp_events)
{
    constexpr std::pair<int, short> names[] = {
        {SLIRP_POLL_IN, POLLIN}, {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI}, {SLIRP_POLL_ERR, POLLERR},
        {SLIRP_POLL_HUP, POLLHUP}};
    short events = 0;
    for (const auto& [theirs, ours] : names)
        if ((slirp_events & theirs) != 0)
            events = static_cast<short>(events | ours);
    return events;
}

int from_poll(short events)
{
    int slirp_events = 0;
    if ((events & POLLIN) != 0)
        slirp_events |= SLIRP_POLL_IN;
    if ((events & POLLOUT) != 0)
        slirp_events |= SLIRP_POLL_OUT;
    if ((events & POLLPRI) != 0)
        slirp_events |= SLIRP_POLL_PRI;
    if ((events & (POLLERR | POLLNVAL)) != 0)
        slirp_events |= SLIRP_POLL_ERR;
    if ((events & POLLHUP) != 0)
        slirp_events |= SLIRP_POLL_HUP;
    return slirp_events;
}

std::int64_t monotonic_ns(void* /*opaque*/)
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace

/// The functions of the shared library, and the C callbacks it gets from us. None of these throws.
class Slirp::Library
{
  public:
    Library(const NetRequest& request, SendFrame send_frame, OpenFlows::NameOwner name_owner)
        : send_frame_{std::move(send_frame)}, flows_{std::move(name_owner)}
    {
        callbacks_.send_packet = [](const void* data, std::size_t size, void* opaque) -> ssize_t {
            static_cast<Library*>(opaque)->send_frame_({static_cast<const std::uint8_t*>(data), size});
            return static_cast<ssize_t>(size);
        };
        callbacks_.guest_error = [](const char* /*message*/, void* /*opaque*/) {};
        callbacks_.clock_get_ns = monotonic_ns;
        // The only timer is that of router advertisements, which the container does not need: it never runs.
        callbacks_.timer_new = [](SlirpTimerCb /*callback*/, void* /*theirs*/, void* opaque) { return opaque; };
        callbacks_.timer_free = [](void* /*timer*/, void* /*opaque*/) {};
        callbacks_.timer_mod = [](void* /*timer*/, std::int64_t /*at_ms*/, void* /*opaque*/) {};
        callbacks_.register_poll_fd = [](int /*fd*/, void* /*opaque*/) {};
        callbacks_.unregister_poll_fd = [](int fd, void* opaque) { static_cast<Library*>(opaque)->flows_.note_closed(fd); };
        callbacks_.notify = [](void* /*opaque*/) {};
        callbacks_.init_completed = [](::Slirp* /*slirp*/, void* /*opaque*/) {};
        callbacks_.timer_new_opaque = [](SlirpTimerId /*id*/, void* /*theirs*/, void* opaque) { return opaque; };

        const NetworkAddresses where = request.addresses();
        container_ = where.container;
        SlirpConfig config{};
        config.version = 4;
        config.in_enabled = true;
        config.vnetwork = where.network;
        config.vnetmask = where.mask;
        config.vhost = where.host;
        config.in6_enabled = where.ipv6;
        config.vprefix_addr6 = where.network6;
        config.vprefix_len = where.prefix6;
        config.vhost6 = where.host6;
        config.vdhcp_start = where.container;
        config.vnameserver = where.name_server;
        config.vnameserver6 = where.name_server6;
        config.if_mtu = request.mtu;
        config.if_mru = request.mtu;
        config.disable_host_loopback = !request.allow_host_loopback;
        config.enable_emu = false;
        config.disable_dhcp = true;
        // libslirp keeps these two pointers, so what they point to is a member.
        if (!request.outbound_address.empty()) {
            outbound_ = make_endpoint(request.outbound_address, 0);
            config.outbound_addr = reinterpret_cast<sockaddr_in*>(&outbound_.address);
        }
        if (!request.outbound_address6.empty()) {
            outbound6_ = make_endpoint(request.outbound_address6, 0);
            config.outbound_addr6 = reinterpret_cast<sockaddr_in6*>(&outbound6_.address);
        }
        slirp_ = library_.function<decltype(slirp_new)>("slirp_new")(&config, &callbacks_, this);
        if (slirp_ == nullptr)
            throw Error{ErrorKind::Failure, "starting libslirp: it refuses the configuration"}.with_hint(
                "libslirp 4.7 or newer is needed");
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    ~Library()
    {
        if (slirp_ != nullptr)
            library_.function<decltype(slirp_cleanup)>("slirp_cleanup")(slirp_);
    }

    void publish_tcp(const TcpForward& forward)
    {
        sockaddr_in inside{};
        inside.sin_family = AF_INET;
        inside.sin_addr = forward.container.value_or(container_);
        inside.sin_port = htons(forward.container_port);
        if (add_hostxfwd_(slirp_, forward.host.get(), forward.host.size, reinterpret_cast<const sockaddr*>(&inside),
                          sizeof inside, 0) != 0)
            throw listen_error("tcp", forward.host, errno);
    }

    void withdraw_tcp(const TcpForward& forward)
    {
        (void)library_.function<decltype(slirp_remove_hostxfwd)>("slirp_remove_hostxfwd")(slirp_, forward.host.get(), forward.host.size, 0);
    }

    void raise_backlogs()
    {
        // libslirp listens with a queue of one, which makes every third of many simultaneous clients wait a second. listen()
        // on a listening socket changes the length; the list of descriptors shows which sockets these are.
        PollSet polls;
        (void)before_poll(polls);
        for (int number = 0; number < polls.size(); ++number) {
            int listening = 0;
            socklen_t size = sizeof listening;
            if (::getsockopt(polls.fd(number), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0)
                ::listen(polls.fd(number), listen_backlog);
        }
    }

    void input(std::span<const std::uint8_t> frame)
    {
        if (!flows_.admit(frame))
            return;
        input_(slirp_, frame.data(), static_cast<int>(frame.size()));
        flows_.note_opened();
    }

    int before_poll(PollSet& polls)
    {
        struct Round
        {
            PollSet& polls;
            OpenFlows& flows;
        } round{polls, flows_};
        std::uint32_t timeout = UINT32_MAX;
        fill_(
            slirp_, &timeout,
            [](int fd, int events, void* opaque) {
                const Round& now = *static_cast<Round*>(opaque);
                return now.polls.add(fd, now.flows.may_be_ready(fd) ? to_poll(events) : short{0});
            },
            &round);
        return timeout > INT_MAX ? -1 : static_cast<int>(timeout);
    }

    void after_poll(const PollSet& polls, bool failed)
    {
        // libslirp's signature has no const; the set is only read.
        poll_(
            slirp_, failed ? 1 : 0,
            [](int number, void* opaque) { return from_poll(static_cast<const PollSet*>(opaque)->events(number)); },
            const_cast<PollSet*>(&polls));
    }

  private:
    LazyLibrary library_{"libslirp.so.0", "install libslirp (package libslirp0 or libslirp)"};
    decltype(slirp_add_hostxfwd)* add_hostxfwd_ = library_.function<decltype(slirp_add_hostxfwd)>("slirp_add_hostxfwd");
    decltype(slirp_input)* input_ = library_.function<decltype(slirp_input)>("slirp_input");
    decltype(slirp_pollfds_fill)* fill_ = library_.function<decltype(slirp_pollfds_fill)>("slirp_pollfds_fill");
    decltype(slirp_pollfds_poll)* poll_ = library_.function<decltype(slirp_pollfds_poll)>("slirp_pollfds_poll");
    SendFrame send_frame_;
    OpenFlows flows_;
    SlirpCb callbacks_{};
    HostEndpoint outbound_, outbound6_;
    in_addr container_{};
    ::Slirp* slirp_ = nullptr;
};

Slirp::Slirp(const NetRequest& request, SendFrame send_frame, OpenFlows::NameOwner name_owner)
    : library_{std::make_unique<Library>(request, std::move(send_frame), std::move(name_owner))}
{
}

Slirp::~Slirp() = default;

void Slirp::publish_tcp(const TcpForward& forward) { library_->publish_tcp(forward); }

void Slirp::withdraw_tcp(const TcpForward& forward) { library_->withdraw_tcp(forward); }

void Slirp::raise_backlogs() { library_->raise_backlogs(); }

void Slirp::input(std::span<const std::uint8_t> frame) { library_->input(frame); }

int Slirp::before_poll(PollSet& polls) { return library_->before_poll(polls); }

void Slirp::after_poll(const PollSet& polls, bool failed) { library_->after_poll(polls, failed); }

} // namespace skiff::net
