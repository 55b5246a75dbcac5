#include "net/open_flows.hpp"

#include "base/unique_fd.hpp"
#include "frames.hpp"
#include "net/listen_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace skiff::net {
namespace {

constexpr int most_of_one = 12; // of twenty

/// libslirp's part is the test's: a socket for what begins, as long as the test keeps it.
class Flows : public ::testing::Test
{
  protected:
    bool begin(const Frame& frame)
    {
        if (!flows_.admit(frame))
            return false;
        sockets_.push_back(open());
        flows_.note_opened();
        return true;
    }
    int begin_all(const Frame& frame)
    {
        int begun = 0;
        while (begin(frame))
            ++begun;
        return begun;
    }
    static UniqueFd open() { return UniqueFd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; }
    void end_last()
    {
        flows_.note_closed(sockets_.back().get());
        sockets_.pop_back();
    }

    OpenFlows flows_{[](const IpAddress& address) { return to_text(address); }, {20, 20}};
    std::vector<UniqueFd> sockets_;
};

Frame syn_from(const std::string& source) { return make_ipv4(protocol_tcp, "192.0.2.1", tcp_segment(80), source); }
Frame ping_from(const std::string& source) { return make_ipv4(protocol_icmp, "192.0.2.1", {8, 0, 0, 0, 0, 1, 0, 1}, source); }

TEST_F(Flows, OfOneLeaveRoomForTheOthers)
{
    EXPECT_EQ(begin_all(syn_from("10.0.2.100")), most_of_one);
    EXPECT_TRUE(begin(syn_from("10.0.2.101")));
    EXPECT_EQ(begin_all(ping_from("10.0.2.100")), most_of_one) << "TCP has a limit of its own, since it costs memory";
}

TEST_F(Flows, OnceBegunGoOn)
{
    begin_all(syn_from("10.0.2.100"));

    EXPECT_TRUE(flows_.admit(make_tcp("192.0.2.1", 80, 0x10)));
}

TEST_F(Flows, ThatEndMakeRoomForAnother)
{
    begin_all(syn_from("10.0.2.100"));

    end_last();

    EXPECT_TRUE(begin(syn_from("10.0.2.100")));
    EXPECT_FALSE(begin(syn_from("10.0.2.100")));
}

TEST_F(Flows, OfUdpAreCountedByTheirSource)
{
    for (std::uint16_t port = 1; port <= most_of_one; ++port)
        EXPECT_TRUE(begin(make_udp("192.0.2.1", 9, "data", port)));

    EXPECT_FALSE(begin(make_udp("192.0.2.1", 9, "data", 100)));
    EXPECT_TRUE(flows_.admit(make_udp("192.0.2.2", 7, "data", 1))) << "libslirp has a socket for that source";
}

TEST_F(Flows, ThatLibslirpDidNotOpenAreNone)
{
    for (int i = 0; i < 2 * most_of_one; ++i) {
        ASSERT_TRUE(flows_.admit(syn_from("10.0.2.100")));
        flows_.note_opened();
    }
}

TEST_F(Flows, ThatTakeTheDescriptorOfAFinishedOneAreCounted)
{
    const UniqueFd finished = open();
    for (int i = 0; i < most_of_one; ++i)
        begin(syn_from("10.0.2.100"));
    end_last();
    ASSERT_TRUE(flows_.admit(syn_from("10.0.2.100")));
    const int number = finished.get();

    flows_.note_closed(number); // libslirp gives up a connection that waits for stragglers, and takes its descriptor
    flows_.note_opened();

    EXPECT_FALSE(begin(syn_from("10.0.2.100")));
}

TEST_F(Flows, FromOutsideWaitWhenAPortHasManyClients)
{
    const UniqueFd listener = open_host_socket("tcp", make_endpoint("127.0.0.1", 0));
    const HostEndpoint server = make_endpoint("127.0.0.1", bound_port(listener.get()));
    std::vector<UniqueFd> clients;
    std::vector<UniqueFd> accepted;
    int most = 0;

    for (; flows_.may_be_ready(listener.get()) && most < 2 * most_of_one; ++most) {
        clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::connect(clients.back().get(), server.get(), server.size), 0);
        accepted.emplace_back(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        EXPECT_TRUE(flows_.may_be_ready(accepted.back().get()));
    }

    EXPECT_EQ(most, most_of_one);
    EXPECT_TRUE(begin(syn_from("10.0.2.100"))) << "who goes out has room";
    flows_.note_closed(accepted.back().get());
    EXPECT_TRUE(flows_.may_be_ready(listener.get()));
}

} // namespace
} // namespace skiff::net
