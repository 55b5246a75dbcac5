#include "base/channel.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff {
namespace {

TEST(Channel, KeepsMessageBoundariesAndPassesDescriptors)
{
    const auto [left, right] = make_channel_pair();
    const UniqueFd null = open_at(AT_FDCWD, "/dev/null", O_RDONLY);

    EXPECT_TRUE(left.send("one"));
    EXPECT_TRUE(left.send("two", {null.get()}));

    EXPECT_EQ(right.receive()->data, "one");
    const auto second = right.receive();
    EXPECT_EQ(second->data, "two");
    ASSERT_EQ(second->fds.size(), 1U);
    EXPECT_EQ(path_of_fd(second->fds[0].get()), "/dev/null");
}

TEST(Channel, TellsThatThePeerHasGone)
{
    auto [left, right] = make_channel_pair();
    right.close();

    EXPECT_FALSE(left.send("x"));
    EXPECT_FALSE(left.receive());
}

TEST(Channel, HasTheLastWordsOfAPeerThatDidNotReadOurs)
{
    auto [left, right] = make_channel_pair();
    EXPECT_TRUE(left.send("unread"));
    EXPECT_TRUE(right.send("last words"));
    EXPECT_TRUE(right.send("really"));
    right.close();

    bool ended = true;
    EXPECT_EQ(left.try_receive(ended)->data, "last words");
    EXPECT_FALSE(ended);
    EXPECT_EQ(left.receive()->data, "really");
    EXPECT_FALSE(left.receive());
}

TEST(Channel, ListensInADirectoryWithAVeryLongPath)
{
    const TempDir box{testing::TempDir(), "skiff-channel-"};
    const std::string deep = box.path() + "/" + std::string(120, 'd');
    make_directories(deep);
    const UniqueFd dir = open_at(AT_FDCWD, deep, O_RDONLY | O_DIRECTORY);
    EXPECT_FALSE(find_channel(dir.get(), "control.sock"));
    const UniqueFd listener = listen_at(dir.get(), "control.sock");

    const auto client = find_channel(dir.get(), "control.sock");
    const auto server = accept_channel(listener.get());

    ASSERT_TRUE(client && server);
    EXPECT_TRUE(client->send("hello"));
    EXPECT_EQ(server->receive()->data, "hello");
}

} // namespace
} // namespace skiff
