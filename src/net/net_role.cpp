#include "net/net_role.hpp"

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/idle_memory.hpp"
#include "base/role.hpp"
#include "net/confinement.hpp"
#include "net/frame_filter.hpp"
#include "net/net_request.hpp"
#include "net/poll_set.hpp"
#include "net/published_ports.hpp"
#include "net/reassembler.hpp"
#include "net/resting_wait.hpp"
#include "net/slirp.hpp"
#include "net/switch_port.hpp"
#include "net/tcp_relay.hpp"
#include "net/udp_forward.hpp"

#include <csignal>
#include <cstdlib>
#include <optional>

namespace skiff::net {
namespace {

/// So many frames are taken from the container before the host's sockets get their turn. Each turn costs a poll and a walk
/// over all connections; more than this at a time would make these wait.
constexpr int frames_per_round = 64;

/// The net process: what the container sends goes through the filter to the forwarders and libslirp, and back.
class NetLoop
{
  public:
    NetLoop(const NetRequest& request, const Channel& channel)
        : channel_{channel}, filter_{request.addresses()},
          slirp_{request, [this](auto frame) { send_inside(frame); }, [](const IpAddress&) { return std::string{"the container"}; }},
          udp_{request.addresses(), [this](auto frame) { send_inside(frame); }}
    {
    }

    void publish(const std::vector<PortMapping>& ports) { ports_.publish("", ports); }
    void run();

  private:
    void send_inside(std::span<const std::uint8_t> frame)
    {
        if (port_)
            port_->send(frame);
    }
    void take_frames();
    /// False when the monitor has gone.
    bool take_command();

    const Channel& channel_;
    Reassembler reassembler_;
    FrameFilter filter_;
    Slirp slirp_;
    UdpForwards udp_;
    TcpRelay relay_;
    PublishedPorts ports_{slirp_, relay_, udp_};
    std::optional<SwitchPort> port_;
};

bool NetLoop::take_command()
{
    auto message = channel_.receive();
    if (!message)
        return false;
    const NetCommand command = parse_net_command(message->data);
    if (command.attach_tap && message->fds.size() == 1)
        port_.emplace(std::move(message->fds.front()));
    if (command.name_servers)
        save_name_servers(command.name_servers->name_servers);
    return true;
}

void NetLoop::take_frames()
{
    for (int i = 0; i < frames_per_round; ++i) {
        const std::span<std::uint8_t> frame = port_->receive();
        if (frame.empty())
            return;
        const std::span<std::uint8_t> whole = reassembler_.take(frame);
        if (!whole.empty() && filter_.admit(whole) && !udp_.take(whole))
            slirp_.input(whole);
    }
}

void NetLoop::run()
{
    PollSet polls;
    while (true) {
        polls.clear();
        const int command = polls.add(channel_.fd(), POLLIN);
        int tap = -1;
        int timeout_ms = -1;
        if (port_) { // before that, clients wait in the kernel's queues
            tap = polls.add(port_->fd(), POLLIN);
            udp_.before_poll(polls);
            relay_.before_poll(polls);
            timeout_ms = slirp_.before_poll(polls);
        }
        const bool woken = wait_and_rest(polls, make_timeout(timeout_ms));
        if (polls.events(command) != 0 && !take_command())
            return;
        if (tap < 0)
            continue;
        slirp_.after_poll(polls, !woken && errno == EINTR);
        udp_.after_poll(polls);
        relay_.after_poll(polls);
        // The interface is gone with its network namespace, and its descriptor would be ready for ever. The monitor closes the
        // channel, or restarts the container and sends another one.
        if ((polls.events(tap) & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            port_.reset();
        else if (polls.events(tap) != 0)
            take_frames();
    }
}

NetFailed failure(const Error& error)
{
    return {static_cast<int>(error.kind()), error.errno_value(), error.message(), error.hint()};
}

} // namespace

int run_net_role(const std::string& request_text)
{
    const Channel channel{UniqueFd{first_role_fd}};
    // libslirp sends to sockets whose other end may have gone.
    ::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
    try {
        const NetRequest request = parse_net_request(request_text);
        NetLoop loop{request, channel};
        loop.publish(request.ports);
        enter_confinement(request.name_servers);
        if (!channel.send(serialize(NetReady{request.ports})))
            return EXIT_SUCCESS;
        release_idle_memory(); // after the answer: nobody waits for it
        loop.run();
        return EXIT_SUCCESS;
    } catch (const Error& error) {
        (void)channel.send(serialize(failure(error)));
        return EXIT_FAILURE;
    }
}

} // namespace skiff::net
