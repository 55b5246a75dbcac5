#include "monitor/session.hpp"

#include "monitor/stdio_pipes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

/// A session whose process is this test: it holds the other ends of the pipes.
class SessionTest : public testing::Test
{
  protected:
    SessionTest() : pipes_{make_stdio(false, true)}, session_{loop_, std::move(pipes_.ours), true}
    {
        auto [mine, theirs] = make_channel_pair();
        peer_ = std::move(mine);
        client_ = std::make_shared<Client>(loop_, std::move(theirs));
        client_->listen([](Message) {}, [this] { session_.detach(client_.get()); });
        session_.attach(client_, {true, true, true});
    }

    void spin(int rounds = 20)
    {
        for (int i = 0; i < rounds; ++i)
            loop_.run_once(std::chrono::milliseconds{2});
    }
    void produce(std::string_view text) { ASSERT_EQ(::write(pipes_.stdio.out, text.data(), text.size()), static_cast<ssize_t>(text.size())); }
    std::string received()
    {
        std::string all;
        bool ended = false;
        while (const auto message = peer_.try_receive(ended))
            if (is_stream(message->data))
                all += decode_stream(message->data).bytes;
        return all;
    }

    EventLoop loop_;
    StdioPipes pipes_;
    Session session_;
    Channel peer_;
    std::shared_ptr<Client> client_;
};

TEST_F(SessionTest, OutputReachesTheListenerAndTheTap)
{
    std::string tapped;
    session_.tap([&](Stream, std::string_view bytes) { tapped += bytes; });

    produce("hello");
    spin();

    EXPECT_EQ(received(), "hello");
    EXPECT_EQ(tapped, "hello");
}

TEST_F(SessionTest, OutputWaitsWhileItIsHeld)
{
    session_.hold_output(true);

    produce("hello");
    spin();
    EXPECT_EQ(received(), "");

    session_.hold_output(false);
    spin();
    EXPECT_EQ(received(), "hello");
}

TEST_F(SessionTest, OneThatIsDestroyedIsNotHeardOfAgain)
{
    StdioPipes pipes = make_stdio(false, false);
    auto session = std::make_unique<Session>(loop_, std::move(pipes.ours), true);
    session->attach(client_, {false, true, true});
    for (int i = 0; i < 64; ++i) // more than the socket takes: the client has a queue, and asks the session once it is drained
        client_->send(Stream::Stdout, std::string(max_stream_bytes, 'x'));
    bool finished = false;
    session->process_ended({}, [&] { finished = true; });

    session.reset();
    spin();
    EXPECT_EQ(received().size() % max_stream_bytes, 0U);
    spin();

    EXPECT_FALSE(finished);
}

TEST_F(SessionTest, InputReachesTheProcessAndEnds)
{
    session_.write_input("question");
    session_.close_input(client_.get());
    spin();

    char buffer[32];
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(::read(pipes_.stdio.in, buffer, sizeof buffer))), "question");
    EXPECT_EQ(::read(pipes_.stdio.in, buffer, sizeof buffer), 0);
}

TEST_F(SessionTest, ASlowReaderGetsAllOfALongInput)
{
    std::string sent;
    for (int i = 0; sent.size() < 400'000; ++i)
        sent += std::to_string(i) + " ";
    session_.write_input(sent);
    std::string got;
    char buffer[4096];
    for (int i = 0; i < 200 && got.size() < sent.size(); ++i) {
        const ssize_t n = ::read(pipes_.stdio.in, buffer, sizeof buffer);
        ASSERT_GT(n, 0);
        got.append(buffer, static_cast<std::size_t>(n));
        if (i == 50) {
            session_.write_input("more");
            sent += "more";
            session_.close_input(client_.get());
        }
        loop_.run_once(std::chrono::milliseconds{0});
    }

    EXPECT_EQ(got, sent);
    spin();
    EXPECT_EQ(::read(pipes_.stdio.in, buffer, sizeof buffer), 0);
}

TEST_F(SessionTest, AListenerThatDoesNotReadHoldsTheOutputBackAndLosesNothing)
{
    ::fcntl(pipes_.stdio.out, F_SETFL, O_NONBLOCK);
    const std::string block(4096, 'x');
    std::size_t written = 0;
    for (int i = 0; i < 3000; ++i) {
        const ssize_t put = ::write(pipes_.stdio.out, block.data(), block.size());
        written += put > 0 ? static_cast<std::size_t>(put) : 0;
        loop_.run_once(std::chrono::milliseconds{0});
    }
    EXPECT_LT(written, 4U << 20U) << "the session swallowed everything";

    std::size_t got = 0;
    for (int i = 0; i < 3000 && got < written; ++i) {
        got += received().size();
        loop_.run_once(std::chrono::milliseconds{1});
    }

    EXPECT_EQ(got, written);
}

TEST_F(SessionTest, AListenerThatHangsUpHoldsNothingUp)
{
    peer_.close();
    spin();

    for (int i = 0; i < 100; ++i) {
        produce(std::string(4096, 'x'));
        spin(2);
    }
    SUCCEED();
}

TEST_F(SessionTest, LastWordsAreCopiedAndABackgroundChildIsNotWaitedFor)
{
    produce("last words"); // and the writing end stays open, as a daemon's would
    bool finished = false;

    session_.process_ended({3, 0}, [&] { finished = true; });
    spin(2);

    EXPECT_TRUE(finished);
    EXPECT_EQ(received(), "last words");
    EXPECT_EQ(session_.status()->code, 3);
}

} // namespace
} // namespace skiff::monitor
