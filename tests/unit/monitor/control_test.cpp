#include "monitor/control.hpp"

#include "monitor/monitor_request.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

TEST(Control, AnExecRequestSurvivesTheWire)
{
    ExecRequest request;
    request.id = "abc";
    request.argv = {"sh", "-c", "echo \"\xff\""};
    request.env = {"A=b"};
    request.user = "worker";
    request.tty = true;
    request.preserve_fds = 2;
    request.rows = 24;

    const Request back = decode_request(encode(Request{request}));

    const auto& exec = std::get<ExecRequest>(back);
    EXPECT_EQ(exec.argv[0], "sh");
    EXPECT_EQ(exec.env, request.env);
    EXPECT_EQ(exec.user, "worker");
    EXPECT_TRUE(exec.tty);
    EXPECT_EQ(exec.preserve_fds, 2U);
    EXPECT_EQ(exec.rows, 24);
}

TEST(Control, AFailureKeepsItsKindWordsAndHint)
{
    const Failed failed = make_failed(Error{ErrorKind::CommandNotFound, ENOENT, "no such command"}.with_hint("try another"));

    const Answer back = decode_answer(encode(Answer{failed}));

    try {
        rethrow(std::get<Failed>(back));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::CommandNotFound);
        EXPECT_EQ(error.errno_value(), ENOENT);
        EXPECT_EQ(error.message(), "no such command");
        EXPECT_EQ(error.hint(), "try another");
    }
}

TEST(Control, StreamsAreToldFromControlMessages)
{
    const std::string bytes = encode(Stream::Stderr, "{\"type\"}");

    ASSERT_TRUE(is_stream(bytes));
    EXPECT_FALSE(is_stream(encode(Request{WaitRequest{}})));
    EXPECT_EQ(decode_stream(bytes).stream, Stream::Stderr);
    EXPECT_EQ(decode_stream(bytes).bytes, "{\"type\"}");
}

TEST(Control, WhatIsNoMessageIsAnError)
{
    EXPECT_THROW(decode_request("{"), Error);
    EXPECT_THROW(decode_request("{}"), Error);
    EXPECT_THROW(decode_request(R"({"type":"dance"})"), Error);
    EXPECT_THROW(decode_request(R"({"type":"kill","signal":"nine"})"), Error);
    EXPECT_THROW(decode_answer(R"({"type":"exited"})"), Error);
}

TEST(Control, TheRolesRequestSurvives)
{
    MonitorRequest request;
    request.container_id = "id";
    request.attach_out = true;
    request.preserve_fds = 3;
    request.id_map = "0 1000 1\n";

    const MonitorRequest back = decode_monitor_request(encode(request));

    EXPECT_EQ(back.container_id, "id");
    EXPECT_TRUE(back.attach_out);
    EXPECT_FALSE(back.attach_in);
    EXPECT_EQ(back.preserve_fds, 3U);
    EXPECT_EQ(back.id_map, "0 1000 1\n");
}

} // namespace
} // namespace skiff::monitor
