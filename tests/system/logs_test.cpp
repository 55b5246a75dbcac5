// `logs` and the log drivers.

#include "tests/support/box.hpp"

#include <sys/stat.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

using Logs = Box;

TEST_F(Logs, KeepStreamsApart)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "echo", "out", "then", "complain", "err"), Succeeds());

    const Result logs = skiff("logs", "c");

    EXPECT_EQ(logs.out, "out\n");
    EXPECT_EQ(logs.err, "err\n");
}

TEST_F(Logs, ShowTheLastLinesOnly)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "repeat", "100", "line"), Succeeds());

    EXPECT_EQ(skiff("logs", "--tail", "2", "c").out, "line 99\nline 100\n");
    EXPECT_EQ(skiff("logs", "--tail", "0", "c").out, "");
    EXPECT_THAT(skiff("logs", "c").out, AllOf(HasSubstr("line 1\n"), HasSubstr("line 100\n")));
}

TEST_F(Logs, BearTimes)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "echo", "word"), Succeeds());

    EXPECT_THAT(skiff("logs", "-t", "c").out, MatchesRegex("20[0-9-]+T[0-9:.]+[+Z][0-9:]* word\n"));
    EXPECT_EQ(skiff("logs", "--since", "1h", "c").out, "word\n");
    EXPECT_EQ(skiff("logs", "--until", "2020-01-01T00:00:00Z", "c").out, "");
}

TEST_F(Logs, FollowUntilTheEnd)
{
    ASSERT_THAT(skiff("run", "-di", "--name", "c", probe_image(), "converse"), Succeeds());
    Running follower = start_skiff("logs", "-f", "c");
    follower.read_until("ready");
    Running client = start_skiff("attach", "c");

    client.write("more\n");
    follower.read_until("got more");
    client.write("quit 0\n");

    EXPECT_EQ(follower.finish().code, 0);
}

TEST_F(Logs, OfSeveralContainersBearNames)
{
    ASSERT_THAT(skiff("run", "--name", "one", probe_image(), "echo", "a"), Succeeds());
    ASSERT_THAT(skiff("run", "--name", "two", probe_image(), "echo", "b"), Succeeds());

    const Result logs = skiff("logs", "--names", "one", "two");

    EXPECT_THAT(logs.out, AllOf(HasSubstr("one a\n"), HasSubstr("two b\n")));
}

TEST_F(Logs, StayAfterRestarts)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "echo", "again"), Succeeds());
    ASSERT_THAT(skiff("start", "-a", "c"), Succeeds());

    EXPECT_EQ(skiff("logs", "c").out, "again\nagain\n");
}

TEST_F(Logs, AreWrittenInTheFormatOfTheDriver)
{
    const std::string k8s = path() + "/k8s.log";
    const std::string json = path() + "/json.log";
    ASSERT_THAT(skiff("run", "--rm", "--log-driver", "k8s-file", "--log-opt", "path=" + k8s, probe_image(), "echo", "a", "then", "complain", "b"), Succeeds());
    ASSERT_THAT(skiff("run", "--rm", "--log-driver", "json-file", "--log-opt", "path=" + json, probe_image(), "echo", "quote\""), Succeeds());

    EXPECT_THAT(read_file(k8s), AllOf(ContainsRegex("(^|\n)20[^ ]+ stdout F a\n"), ContainsRegex("(^|\n)20[^ ]+ stderr F b\n")));
    EXPECT_THAT(skiff("run", "--log-driver", "nonsense", probe_image(), "pwd"), FailsWith(125, "invalid log driver"));
}

TEST_F(Logs, CanBeLeftOut)
{
    ASSERT_THAT(skiff("run", "--name", "c", "--log-driver", "none", probe_image(), "echo", "unseen"), Succeeds());

    EXPECT_THAT(skiff("logs", "c"), FailsWith(125, "this container is using the 'none' log driver, cannot read logs"));
}

TEST_F(Logs, CanPassThroughToTheCaller)
{
    const Result result = skiff("run", "--rm", "--log-driver", "passthrough", probe_image(), "echo", "direct", "then", "complain", "too");

    EXPECT_EQ(result.out, "direct\n");
    EXPECT_EQ(result.err, "too\n");
}

// security.md R52, T-49
TEST_F(Logs, AreRotatedAtTheirLimit)
{
    ASSERT_THAT(skiff("run", "--name", "c", "--log-opt", "max-size=10k", probe_image(), "repeat", "5000", "line"), Succeeds());

    const std::string file = inspect("c", "{{.HostConfig.LogConfig.Path}}");
    struct stat status{};
    ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
    EXPECT_LE(status.st_size, 11000);
    EXPECT_EQ(skiff("logs", "--tail", "1", "c").out, "line 5000\n");
}

TEST_F(Logs, CannotBeForgedByOutput)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "echo", "2020-01-01T00:00:00.000000000Z stderr F forged\n2020-01-01T00:00:00Z stdout F x"), Succeeds());

    const Result logs = skiff("logs", "c");

    EXPECT_THAT(logs.err, IsEmpty());
    EXPECT_THAT(logs.out, HasSubstr("stderr F forged"));
    EXPECT_THAT(skiff("logs", "--since", "1h", "c").out, HasSubstr("forged")) << "the time is that of the record";
}

TEST_F(Logs, KeepLongLinesWhole)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "flood", "300000"), Succeeds());

    EXPECT_EQ(skiff("logs", "c").out.substr(0, 300000), std::string(300000, 'x'));
}

TEST_F(Logs, OfNobodyAreAnError)
{
    EXPECT_THAT(skiff("logs", "nobody"), FailsWith(125, "no container with name or ID \"nobody\" found: no such container"));
}

} // namespace
