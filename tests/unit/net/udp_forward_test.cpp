#include "net/udp_forward.hpp"

#include "frames.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

class UdpForwardsTest : public testing::Test
{
  protected:
    std::uint16_t publish(std::uint16_t container_port)
    {
        UniqueFd socket = open_host_socket("udp", make_endpoint("127.0.0.1", 0));
        const std::uint16_t port = bound_port(socket.get());
        forwards_.publish(std::move(socket), container_port);
        return port;
    }

    void round()
    {
        PollSet polls;
        forwards_.before_poll(polls);
        polls.wait(0);
        forwards_.after_poll(polls);
    }

    NetworkAddresses addresses_ = make_addresses(Subnet{}, std::nullopt);
    std::vector<Frame> inside_;
    UdpForwards forwards_{addresses_, [this](auto frame) { inside_.emplace_back(frame.begin(), frame.end()); }};
};

UniqueFd client_of(std::uint16_t port)
{
    UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const HostEndpoint server = make_endpoint("127.0.0.1", port);
    EXPECT_EQ(::connect(fd.get(), server.get(), server.size), 0);
    return fd;
}

TEST_F(UdpForwardsTest, MakesAFrameOfADatagramAndSendsTheAnswerBack)
{
    const std::uint16_t port = publish(53);
    const UniqueFd client = client_of(port);
    ASSERT_EQ(::send(client.get(), "ask", 3, 0), 3);

    round();

    ASSERT_EQ(inside_.size(), 1U);
    const auto view = view_ipv4(std::span{inside_[0]}.subspan(ethernet_header));
    ASSERT_TRUE(view);
    EXPECT_EQ(internet_checksum(view->header), 0);
    EXPECT_EQ(view->source, 0x0a000202U); // 127.0.0.1 would be the container itself
    EXPECT_EQ(view->destination, 0x0a000264U);
    EXPECT_EQ(read16(view->payload, 0), bound_port(client.get()));
    EXPECT_EQ(read16(view->payload, 2), 53);
    EXPECT_EQ(std::string(view->payload.begin() + udp_header, view->payload.end()), "ask");

    Frame answer = make_udp("10.0.2.2", bound_port(client.get()), "told", 53);
    EXPECT_TRUE(forwards_.take(answer));
    std::array<char, 16> text{};
    EXPECT_EQ(::recv(client.get(), text.data(), text.size(), 0), 4);
    EXPECT_STREQ(text.data(), "told");
}

TEST_F(UdpForwardsTest, AnswersThroughTheHostPortThatWasAsked)
{
    const std::uint16_t first = publish(53);
    const std::uint16_t second = publish(53);
    const UniqueFd client = client_of(second);
    const UniqueFd other = client_of(first);
    ASSERT_EQ(::send(other.get(), "a", 1, 0), 1);
    ASSERT_EQ(::send(client.get(), "b", 1, 0), 1);

    round();
    Frame answer = make_udp("10.0.2.2", bound_port(client.get()), "x", 53);
    ASSERT_TRUE(forwards_.take(answer));

    char byte = 0;
    EXPECT_EQ(::recv(client.get(), &byte, 1, 0), 1);
    EXPECT_EQ(::recv(other.get(), &byte, 1, 0), -1);
}

TEST_F(UdpForwardsTest, LeavesOtherFramesAlone)
{
    publish(53);
    Frame unasked = make_udp("10.0.2.2", 1234, "x", 53);
    EXPECT_FALSE(forwards_.take(unasked));
    Frame tcp = make_tcp("192.0.2.1", 80);
    EXPECT_FALSE(forwards_.take(tcp));
}

} // namespace
} // namespace skiff::net
