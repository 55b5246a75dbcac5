// Projects of several containers, from compose files.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"

#include <filesystem>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

class Compose : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        directory_ = make_directory("shop");
        probe_image();
    }

    void write_compose(const std::string& text) { write_file("shop/compose.yaml", text); }

    template <typename... Words>
    Result compose(const Words&... words)
    {
        RunOptions options;
        options.directory = directory_;
        return run({program(), "compose", std::string{words}...}, options);
    }

    template <typename... Words>
    Running start_compose(const Words&... words)
    {
        return start_skiff("compose", "-f", directory_ + "/compose.yaml", words...);
    }

    std::string directory_;
};

/// One service without networks, so that it works wherever containers do.
std::string service(const std::string& name, const std::string& keys)
{
    return "  " + name + ":\n    image: localhost/probe\n    network_mode: none\n    stop_grace_period: 1s\n" + keys;
}

TEST_F(Compose, BringsUpShowsAndTakesDown)
{
    const std::uint16_t port = free_port();
    write_compose("services:\n  web:\n    image: localhost/probe\n    command: serve 80 hello\n    ports: ['" + std::to_string(port) +
                  ":80']\n    environment: {A: '1'}\n    stop_grace_period: 1s\n");

    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(http_get(port), "hello");
    EXPECT_THAT(compose("ps").out, AllOf(StartsWith("NAME"), HasSubstr("shop-web-1"), HasSubstr("localhost/probe"), HasSubstr("Up ")));
    EXPECT_EQ(inspect("shop-web-1", "{{index .Config.Labels \"com.docker.compose.project\"}}"), "shop");
    EXPECT_THAT(compose("port", "web", "80").out, HasSubstr(std::to_string(port)));
    EXPECT_THAT(compose("exec", "-T", "web", "/bin/probe", "env", "A"), PrintsSubstring("1"));
    EXPECT_THAT(compose("ls").out, HasSubstr("running(1)"));

    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(compose("down").err, HasSubstr("No resource found to remove for project \"shop\""));
}

TEST_F(Compose, ChangesOnlyWhatChanged)
{
    const std::string db = service("db", "    command: forever\n");
    write_compose("services:\n" + db + service("web", "    command: forever\n    depends_on: [db]\n"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    const std::string first_db = inspect("shop-db-1", "{{.Id}}");
    const std::string first_web = inspect("shop-web-1", "{{.Id}}");

    EXPECT_THAT(compose("plan").out, Not(HasSubstr("created")));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(inspect("shop-web-1", "{{.Id}}"), first_web);

    write_compose("services:\n" + db + service("web", "    command: forever\n    depends_on: [db]\n    environment: {A: 1}\n"));
    EXPECT_THAT(compose("plan").out, HasSubstr("~ container shop-web-1 is recreated: environment changed"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(inspect("shop-db-1", "{{.Id}}"), first_db);
    EXPECT_NE(inspect("shop-web-1", "{{.Id}}"), first_web);

    write_compose("services:\n" + db);
    EXPECT_THAT(compose("up", "-d").err, HasSubstr("Found orphan containers ([shop-web-1])"));
    ASSERT_THAT(compose("up", "-d", "--remove-orphans"), Succeeds());
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").out, "shop-db-1\n");
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, AMissingEnvFileIsInTheWayOfNewContainersOnly)
{
    write_file("shop/b.env", "B=first\n");
    write_compose("services:\n" + service("a", "    command: forever\n") + service("b", "    command: forever\n    env_file: [b.env]\n    depends_on: [a]\n") +
                  "  beside: {image: localhost/probe, command: forever, network_mode: 'service:a', env_file: b.env, stop_grace_period: 1s}\n");
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_THAT(compose("exec", "-T", "beside", "/bin/probe", "env", "B"), PrintsSubstring("B=first"));
    const std::string hashes = compose("config", "--hash", "*").out;
    const std::string first = inspect("shop-beside-1", "{{.Id}}");
    std::filesystem::remove(directory_ + "/b.env");
    const auto lacks_file = FailsWith(1, "env file " + directory_ + "/b.env not found");

    EXPECT_THAT(compose("ps").out, HasSubstr("shop-b-1"));
    EXPECT_THAT(compose("logs"), Succeeds());
    EXPECT_THAT(compose("config", "--services"), Prints("a\nb\nbeside"));
    EXPECT_THAT(compose("config", "--no-env-resolution").out, HasSubstr("b.env"));
    EXPECT_THAT(compose("config", "a"), Succeeds());
    EXPECT_THAT(compose("config", "--hash", "a"), PrintsSubstring("a "));
    EXPECT_THAT(compose("stop", "b"), Succeeds());
    EXPECT_THAT(compose("start", "b"), Succeeds());
    EXPECT_THAT(compose("restart", "b"), Succeeds());
    EXPECT_THAT(compose("up", "-d", "a"), Succeeds());
    EXPECT_THAT(compose("up", "-d", "--no-deps", "a"), Succeeds());
    EXPECT_THAT(compose("config"), lacks_file);
    EXPECT_THAT(compose("config", "--hash", "*"), lacks_file);
    EXPECT_THAT(compose("plan"), lacks_file);
    EXPECT_THAT(compose("up", "-d"), lacks_file);
    EXPECT_THAT(compose("create", "b"), lacks_file);
    EXPECT_THAT(compose("up", "-d", "--scale", "b=2", "b"), lacks_file);
    EXPECT_THAT(compose("run", "--rm", "b", "echo", "x"), lacks_file);
    EXPECT_THAT(compose("run", "--rm", "a", "echo", "x"), Prints("x"));
    // Named or not: what shares namespaces with one that is made anew is made anew, too.
    EXPECT_THAT(compose("up", "-d", "--force-recreate", "a"), lacks_file);
    EXPECT_EQ(inspect("shop-beside-1", "{{.Id}}"), first);

    write_file("shop/b.env", "B=first\n");
    EXPECT_EQ(compose("config", "--hash", "*").out, hashes);
    EXPECT_THAT(compose("plan").out, Not(HasSubstr("recreated")));
    ASSERT_THAT(compose("up", "-d", "--force-recreate", "a"), Succeeds());
    EXPECT_NE(inspect("shop-beside-1", "{{.Id}}"), first);
    EXPECT_THAT(compose("exec", "-T", "beside", "/bin/probe", "env", "B"), PrintsSubstring("B=first"));

    std::filesystem::remove(directory_ + "/b.env");
    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Compose, NamesTheVariableThatIsNoNumber)
{
    write_compose("services:\n" + service("a", "    command: forever\n"));
    write_file("shop/.env", "COMPOSE_PARALLEL_LIMIT=abc\n");

    EXPECT_THAT(compose("ps"), FailsWith(1, "COMPOSE_PARALLEL_LIMIT: strconv.ParseInt: parsing \"abc\": invalid syntax"));
    EXPECT_THAT(compose("--parallel", "2", "ps"), Succeeds());
}

TEST_F(Compose, SaysForEachServiceThatLimitsCannotBeHad)
{
    if (skiff("info", "--format", "{{.Host.CgroupReason}}").line().empty())
        GTEST_SKIP() << "a cgroup is delegated to this user";
    write_compose("services:\n" + service("a", "    command: forever\n    mem_limit: 64m\n") +
                  service("b", "    command: forever\n    scale: 2\n    deploy: {resources: {limits: {memory: 32m}}}\n"));

    const Result result = compose("up", "-d");

    EXPECT_THAT(result, Succeeds());
    for (const std::string name : {"a", "b"}) {
        const std::string text = "Warning: service " + name + ": the limit --memory is ignored: ";
        const std::size_t warning = result.err.find(text);
        ASSERT_NE(warning, std::string::npos) << result.err;
        EXPECT_EQ(result.err.find(text, warning + 1), std::string::npos) << result.err;
    }
    EXPECT_THAT(compose("down", "-t", "0"), Succeeds());
}

TEST_F(Compose, WhatSharesNamespacesComesBackWithWhatItShares)
{
    const std::string beside = "  beside: {image: localhost/probe, command: forever, network_mode: 'service:web', pid: 'service:web', stop_grace_period: 1s}\n";
    write_compose("services:\n" + service("web", "    command: forever\n") + beside);
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    const std::string first = inspect("shop-beside-1", "{{.Id}}");

    write_compose("services:\n" + service("web", "    command: forever\n    environment: {A: 1}\n") + beside);
    ASSERT_THAT(compose("up", "-d", "web"), Succeeds());
    EXPECT_TRUE(is_running("shop-beside-1"));
    EXPECT_NE(inspect("shop-beside-1", "{{.Id}}"), first);
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, WaitsForConditions)
{
    write_compose("services:\n" +
                  service("db", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, ls, /ready], interval: 200ms, start_period: 1m}\n"
                                "    post_start: [{command: [/bin/probe, mkdir, /ready]}]\n") +
                  service("setup", "    command: exit 0\n") +
                  service("web", "    command: forever\n    depends_on:\n      db: {condition: service_healthy}\n"
                                 "      setup: {condition: service_completed_successfully}\n"));

    const Result up = compose("up", "-d", "--wait");
    ASSERT_THAT(up, Succeeds());
    EXPECT_TRUE(is_running("shop-web-1"));
    EXPECT_EQ(inspect("shop-db-1", "{{.State.Health.Status}}"), "healthy");
    EXPECT_THAT(up.err, AllOf(HasSubstr("Container shop-db-1  Healthy\n"), HasSubstr("Container shop-setup-1  Exited\n"), Not(HasSubstr("shop-web-1  Waiting"))));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, FailsAtOnceWhenAConditionCannotHold)
{
    const std::string web = service("web", "    command: forever\n    depends_on: {db: {condition: service_healthy}}\n");

    write_compose("services:\n" + service("db", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, ls, /no-such-place], interval: 100ms, retries: 2}\n") + web);
    EXPECT_THAT(compose("up", "-d"), AllOf(FailsWith(1, "container shop-db-1 is unhealthy"), FailsWith(1, "no-such-place")));
    EXPECT_THAT(compose("down"), Succeeds());

    write_compose("services:\n" + service("db", "    command: forever\n") + web);
    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "container shop-db-1 has no healthcheck configured"));
    EXPECT_THAT(compose("down"), Succeeds());

    write_compose("services:\n" + service("db", "    command: exit 3\n    healthcheck: {test: [CMD, /bin/probe, exit, '1'], interval: 1h}\n") + web);
    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "container shop-db-1 exited (3)"));
    EXPECT_THAT(compose("down"), Succeeds());

    write_compose("services:\n" + service("db", "    command: exit 3\n") +
                  service("web", "    command: forever\n    depends_on: {db: {condition: service_completed_successfully}}\n"));
    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "service \"db\" didn't complete successfully: exit 3"));
    EXPECT_THAT(compose("down"), Succeeds());
}

/// A service whose health nobody will ever know, and one that waits for it.
std::string endless_wait()
{
    return "services:\n" + service("db", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, ls, /ready], interval: 1h, start_period: 1h}\n") +
           service("web", "    command: forever\n    depends_on: {db: {condition: service_healthy}}\n");
}

/// A service that is in its start period for a while, and unhealthy behind it.
std::string slow_to_fail(const std::string& name)
{
    return service(name, "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, exit, '1'], interval: 1s, retries: 1, start_period: 15s}\n");
}

TEST_F(Compose, OneConditionThatCannotHoldEndsTheWaitForOthers)
{
    write_compose("services:\n" + slow_to_fail("a") + service("b", "    command: sleep 0.3 then exit 4\n") +
                  service("c", "    command: forever\n    depends_on:\n      a: {condition: service_healthy}\n"
                               "      b: {condition: service_completed_successfully}\n"));

    const Result up = compose("up", "-d");

    EXPECT_THAT(up, FailsWith(1, "service \"b\" didn't complete successfully: exit 4"));
    EXPECT_THAT(up.err, AllOf(HasSubstr("Container shop-a-1  Waiting"), HasSubstr("Container shop-b-1  Waiting"), Not(HasSubstr("unhealthy"))));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, AnOptionalConditionThatCannotHoldEndsNoWait)
{
    write_compose("services:\n" + service("a", "    command: sleep 1\n") + service("b", "    command: exit 4\n") +
                  service("c", "    command: forever\n    depends_on:\n      a: {condition: service_completed_successfully}\n"
                               "      b: {condition: service_completed_successfully, required: false}\n"));

    const Result up = compose("up", "-d");

    EXPECT_THAT(up, Succeeds());
    EXPECT_THAT(up.err, HasSubstr("Service b  optional dependency failed"));
    EXPECT_TRUE(is_running("shop-c-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, OneUnhealthyContainerEndsTheWaitForAll)
{
    write_compose("services:\n" + slow_to_fail("a") +
                  service("b", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, exit, '1'], interval: 100ms, retries: 2}\n"));

    const Result up = compose("up", "-d", "--wait");

    EXPECT_THAT(up, FailsWith(1, "container shop-b-1 is unhealthy"));
    EXPECT_THAT(up.err, Not(HasSubstr("shop-a-1 is unhealthy")));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, AFailureEndsTheWaitForConditions)
{
    write_compose("services:\n" + slow_to_fail("a") + service("b", "    command: forever\n    depends_on: {a: {condition: service_healthy}}\n") +
                  service("x", "    entrypoint: /nonexist\n"));

    const Result up = compose("up", "-d");

    EXPECT_THAT(up, FailsWith(1, "Error: service x: "));
    EXPECT_THAT(up.err, Not(HasSubstr("unhealthy")));
    EXPECT_TRUE(is_running("shop-a-1"));
    EXPECT_FALSE(is_running("shop-b-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, TellsWhatHasFailedWhenInterrupted)
{
    write_compose("services:\n" + service("s", "    command: forever\n    post_start: [{command: [/bin/probe, sleep, '3']}]\n") +
                  service("x", "    entrypoint: /nonexist\n"));
    environment().push_back("COMPOSE_STATUS_STDOUT=1");
    for (const bool detached : {true, false}) {
        SCOPED_TRACE(detached);
        Running up = detached ? start_compose("up", "-d") : start_compose("up");
        up.read_until("Container shop-x-1  Error");
        ASSERT_TRUE(eventually([&] { return is_running("shop-s-1"); }));

        up.signal(SIGINT);

        const Result result = up.finish();
        EXPECT_EQ(result.code, 130);
        EXPECT_THAT(result.err, ContainsRegex(std::string{"Error: service x: .*nonexist.*\n(.*\n)*"} + (detached ? "Interrupted; " : "Gracefully stopping")));
        EXPECT_THAT(result.err, Not(HasSubstr("without a word"))) << "what was interrupted has not failed";
        EXPECT_THAT(compose("down"), Succeeds());
    }
}

TEST_F(Compose, LetsOthersTakeDownWhatItWaitsFor)
{
    write_compose(endless_wait());
    Running up = start_compose("up", "-d");
    ASSERT_TRUE(eventually([&] { return is_running("shop-db-1"); }));

    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(up.finish(), FailsWith(1, "was removed by another command while this one waited"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Compose, EndsWhenOthersStopWhatItWaitsFor)
{
    write_compose(endless_wait());
    Running up = start_compose("up", "-d");
    ASSERT_TRUE(eventually([&] { return is_running("shop-db-1"); }));

    EXPECT_THAT(compose("stop"), Succeeds());
    EXPECT_THAT(up.finish(), FailsWith(1, "dependency failed to start: container shop-db-1 exited"));
    EXPECT_FALSE(is_running("shop-web-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, GoesOnWhenOthersRestartWhatItWaitsFor)
{
    write_compose("services:\n" + service("db", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, ls, /ready], interval: 200ms, start_period: 1h}\n") +
                  service("web", "    command: forever\n    depends_on: {db: {condition: service_healthy}}\n"));
    Running up = start_compose("up", "-d");
    ASSERT_TRUE(eventually([&] { return is_running("shop-db-1"); }));

    EXPECT_THAT(compose("restart", "db"), Succeeds());
    EXPECT_THAT(compose("exec", "-T", "db", "/bin/probe", "mkdir", "/ready"), Succeeds());
    EXPECT_THAT(up.finish(), Succeeds());
    EXPECT_TRUE(is_running("shop-web-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, SaysWhenAnImageCannotBePulled)
{
    write_compose("services:\n  web: {image: localhost/no-such-image, network_mode: none}\n" + service("other", "    command: forever\n"));

    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "Image localhost/no-such-image  Error"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(compose("pull"), FailsWith(1, "no-such-image"));
}

TEST_F(Compose, ShowsPrefixedLogs)
{
    write_compose("services:\n" + service("a", "    command: echo from-a\n") + service("longer", "    command: echo from-longer\n"));

    const Result up = compose("up");
    EXPECT_THAT(up, Succeeds());
    EXPECT_THAT(up.err, HasSubstr("Attaching to a-1, longer-1"));
    EXPECT_THAT(up.out, AllOf(HasSubstr("a-1       | from-a\n"), HasSubstr("longer-1  | from-longer\n"), HasSubstr("a-1 exited with code 0\n")));
    EXPECT_THAT(compose("logs", "--no-log-prefix", "a"), Prints("from-a"));
    EXPECT_THAT(compose("logs").out, HasSubstr("longer-1  | from-longer\n"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, StopsAllWhenOneEnds)
{
    write_compose("services:\n" + service("tests", "    command: exit 7\n    depends_on: [db]\n") + service("db", "    command: forever\n"));

    EXPECT_THAT(compose("up", "--exit-code-from", "tests"), ExitsWith(7));
    EXPECT_FALSE(is_running("shop-db-1"));
    EXPECT_THAT(compose("up", "--exit-code-from", "db"), ExitsWith(137)) << "any end counts, as with --abort-on-container-exit";
    for (const char* option : {"--exit-code-from=tests", "--abort-on-container-exit", "--abort-on-container-failure"}) {
        const Result result = compose("up", "--attach", "db", option);
        EXPECT_THAT(result, ExitsWith(7)) << option << " counts what is not shown, too";
        EXPECT_THAT(result.err, Not(HasSubstr("tests-1,"))) << option;
    }
    EXPECT_THAT(compose("up", "--no-attach", "db", "--no-attach", "tests", "--abort-on-container-exit"), ExitsWith(7));
    EXPECT_THAT(compose("up", "--attach", "db", "--abort-on-container-failure", "--exit-code-from", "tests"), ExitsWith(7));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, GoesOnWhereItWasInterruptedWhileContainersStarted)
{
    make_directory("hooks");
    write_file("hooks/slow.json", R"({"version":"1.0.0","hook":{"path":"/bin/sleep","args":["sleep","1"]},"when":{"always":true},"stages":["prestart"]})");
    write_compose("services:\n" + service("a", "    command: forever\n"));
    Running up = start_skiff("--hooks-dir", path() + "/hooks", "compose", "-f", directory_ + "/compose.yaml", "up", "-d");
    ASSERT_TRUE(eventually([&] { return skiff("ps", "-a", "--format", "{{.State}}").out == "starting\n"; }));
    up.signal(SIGINT);
    EXPECT_THAT(up.finish(), ExitsWith(128 + SIGINT));

    EXPECT_THAT(compose("up", "-d"), Succeeds());

    EXPECT_TRUE(is_running("shop-a-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, LeavesContainersToThemselvesWhenItsTerminalGoes)
{
    write_compose("services:\n" + service("a", "    command: echo ready then forever\n"));
    auto up = start_compose("up");
    up.read_until("ready");

    up.signal(SIGHUP);

    EXPECT_THAT(up.finish(), ExitsWith(128 + SIGHUP));
    EXPECT_TRUE(is_running("shop-a-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, StopsGracefullyWhenInterrupted)
{
    write_compose("services:\n" + service("a", "    command: forever\n"));
    auto up = start_compose("up");
    up.read_until("ready");

    up.signal(SIGINT);
    const Result result = up.finish();
    EXPECT_EQ(result.code, 130);
    EXPECT_THAT(result.err, HasSubstr("Gracefully stopping... (press Ctrl+C again to force)"));
    EXPECT_FALSE(is_running("shop-a-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

/// The lines that a terminal shows in the end, of what was written to it: cursor up, erasing below and colours are understood.
std::string shown_by_terminal(const std::string& written)
{
    std::vector<std::string> lines(1);
    std::size_t row = 0;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] == '\n') {
            if (++row == lines.size())
                lines.emplace_back();
        } else if (written[i] == '\x1b') {
            const std::size_t end = written.find_first_of("AJm", i);
            if (written[end] == 'A')
                row -= std::min<std::size_t>(row, std::stoul(written.substr(i + 2)));
            else if (written[end] == 'J')
                lines.resize(row + 1), lines[row].clear();
            i = end;
        } else if (written[i] != '\r') {
            lines[row] += written[i];
        }
    }
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

TEST_F(Compose, ShowsWhatIsWrittenWhileItStopsOnATerminal)
{
    write_compose("services:\n" + service("a", "    command: signals\n") + service("slow", "    command: signals stubborn\n"));
    environment().push_back("TERM=xterm");
    auto up = start_on_terminal("compose", "-f", directory_ + "/compose.yaml", "up");
    for (int i = 0; i < 2; ++i)
        up.read_until("ready");

    up.write("\x03");
    const Result result = up.finish();
    EXPECT_EQ(result.code, 130);
    EXPECT_THAT(shown_by_terminal(result.out), AllOf(HasSubstr("| signal 15\n"), HasSubstr("a-1 exited with code 7\n"), HasSubstr("Stopped")));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, StopsAndKillsWhatWaitsForItsNextStart)
{
    write_compose("services:\n" + service("a", "    command: exit 3\n    restart: always\n") + service("b", "    command: exit 3\n    restart: always\n"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    // A pause between two runs becomes long enough to be met.
    const auto tries = [&](const char* name) { return std::stoi(skiff("inspect", "--format", "{{.RestartCount}}", name).out); };
    ASSERT_TRUE(eventually([&] { return tries("shop-a-1") >= 5 && tries("shop-b-1") >= 5; }));

    EXPECT_THAT(compose("kill", "-s", "HUP", "a"), Succeeds());
    const int before = tries("shop-a-1");
    EXPECT_TRUE(eventually([&] { return tries("shop-a-1") > before; })) << "a signal that ends nothing ends no policy";

    EXPECT_THAT(compose("stop", "a"), Succeeds());
    EXPECT_THAT(compose("kill", "b"), Succeeds());

    EXPECT_THAT(compose("rm", "-f"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Compose, KeepsAContainerWhoseNewNameCannotBeHad)
{
    ASSERT_THAT(skiff("create", "--name", "taken", "localhost/probe"), Succeeds());
    write_compose("services:\n" + service("web", "    command: forever\n"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    write_compose("services:\n" + service("web", "    command: forever\n    container_name: taken\n"));

    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "the container name \"taken\" is already in use"));

    EXPECT_TRUE(is_running("shop-web-1"));
    EXPECT_THAT(skiff("ps", "-aq").out, testing::SizeIs(2 * 13));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, StopsWhatItStartedWhenInterruptedEarly)
{
    write_compose(endless_wait());
    Running up = start_compose("up");
    ASSERT_TRUE(eventually([&] { return is_running("shop-db-1"); }));

    up.signal(SIGINT);
    const Result result = up.finish();
    EXPECT_EQ(result.code, 130);
    EXPECT_THAT(result.err, HasSubstr("Gracefully stopping..."));
    EXPECT_FALSE(is_running("shop-db-1"));

    // In the background what runs goes on.
    Running behind = start_compose("up", "-d");
    ASSERT_TRUE(eventually([&] { return is_running("shop-db-1"); }));
    behind.signal(SIGINT);
    EXPECT_EQ(behind.finish().code, 130);
    EXPECT_TRUE(is_running("shop-db-1"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, TellsOfTheEndWhenOthersTakeDown)
{
    write_compose("services:\n" + service("a", "    command: forever\n"));
    Running up = start_compose("up");
    up.read_until("ready");

    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(up.finish().out, HasSubstr("a-1 exited with code 137"));
}

TEST_F(Compose, SaysWhoKeepsANetwork)
{
    const std::string on_network = ": {image: localhost/probe, command: forever, stop_grace_period: 1s, networks: [n]";
    write_compose("services:\n  web" + on_network + "}\n  tools" + on_network + ", profiles: [extra]}\nnetworks: {n: {}}\n");
    ASSERT_THAT(compose("--profile", "extra", "up", "-d"), Succeeds());

    const Result down = compose("down");
    EXPECT_THAT(down, Succeeds());
    EXPECT_THAT(down.err, AllOf(HasSubstr("network shop_n: resource is still in use"), HasSubstr("shop-tools-1"), HasSubstr("--profile"), Not(HasSubstr("Use -f"))));
    EXPECT_THAT(compose("--profile", "extra", "down"), Succeeds());
    EXPECT_THAT(skiff("network", "ls", "-q").out, Not(HasSubstr("shop_n")));
}

TEST_F(Compose, ScalesStopsStartsAndRestarts)
{
    write_compose("services:\n" + service("web", "    command: forever\n"));

    ASSERT_THAT(compose("up", "-d", "--scale", "web=3"), Succeeds());
    EXPECT_EQ(compose("ps", "-q").out.size(), 3U * 65);
    ASSERT_THAT(compose("scale", "web=1"), Succeeds());
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").out, "shop-web-1\n");
    EXPECT_THAT(compose("stop"), Succeeds());
    EXPECT_FALSE(is_running("shop-web-1"));
    EXPECT_THAT(compose("start"), Succeeds());
    EXPECT_TRUE(is_running("shop-web-1"));
    EXPECT_THAT(compose("restart", "web"), Succeeds());
    EXPECT_TRUE(is_running("shop-web-1"));
    EXPECT_THAT(compose("kill"), Succeeds());
    EXPECT_TRUE(eventually([&] { return !is_running("shop-web-1"); }));
    EXPECT_THAT(compose("rm", "-f"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Compose, AnswersInTheWordsOfComposePrograms)
{
    write_compose("services:\n" + service("web", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, ls, /ready], interval: 200ms, start_period: 1h}\n") +
                  "  one: {image: localhost/missing, network_mode: none}\n  two: {image: localhost/missing, network_mode: none}\n");
    const std::string plan = compose("plan").out;
    EXPECT_EQ(plan.find("+ image localhost/missing is pulled"), plan.rfind("+ image localhost/missing is pulled")) << plan;

    ASSERT_THAT(compose("up", "-d", "web"), Succeeds());
    EXPECT_THAT(compose("ps").out, HasSubstr("(health: starting)"));
    EXPECT_THAT(compose("ps", "--format", "json").out, HasSubstr("(health: starting)"));
    EXPECT_THAT(compose("exec", "-d", "web", "/bin/probe", "mkdir", "/ready").out, IsEmpty());
    EXPECT_THAT(compose("stats", "--no-stream", "--format", "json").out,
                AllOf(StartsWith("{\"BlockIO\":\""), HasSubstr(",\"Name\":\"shop-web-1\","), MatchesRegex(".*,\"PIDs\":\"[0-9]+\"}\n")));
    EXPECT_THAT(compose("port", "web", "99"), ExitsWith(1));
    ASSERT_TRUE(eventually([&] { return compose("ps").out.find("(healthy)") != std::string::npos; }));
    ASSERT_THAT(compose("rm", "-fs"), Succeeds());
    EXPECT_THAT(compose("events", "--since", "1m", "--until", "0s").out,
                AllOf(HasSubstr("container health_status: healthy "), HasSubstr("container die "), HasSubstr("container destroy ")));
}

TEST_F(Compose, KeepsDataInVolumesUntilTheyAreTakenDown)
{
    write_compose("services:\n" + service("db", "    volumes: ['data:/data', './live:/live']\n    command: write /data/x kept\n") + "volumes:\n  data:\n");

    ASSERT_THAT(compose("up"), Succeeds());
    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(compose("volumes", "-q"), Prints("shop_data"));
    EXPECT_THAT(compose("run", "--rm", "db", "cat", "/data/x").out, StartsWith("kept"));
    EXPECT_TRUE(list_directory(directory_ + "/live").empty());
    EXPECT_THAT(compose("down", "-v"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Compose, TellsItsProgressOnStandardOutputIfAskedTo)
{
    write_compose("services:\n" + service("a", "    command: forever\n"));
    RunOptions options;
    options.directory = directory_;
    EXPECT_THAT(run({program(), "compose", "create"}, options).out, IsEmpty());
    options.environment = {"COMPOSE_STATUS_STDOUT=1"};

    const Result result = run({program(), "compose", "down"}, options);

    EXPECT_THAT(result, PrintsSubstring("Container shop-a-1  Removed"));
    EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(Compose, LogsRefusesWhatItsWorkersCannotRead)
{
    write_compose("services:\n" + service("a", "    command: print x\n") + service("b", "    command: print x\n"));
    ASSERT_THAT(compose("up"), Succeeds());

    for (const char* option : {"--tail=bogus", "--since=bogus", "--until=bogus"}) {
        const Result result = compose("logs", option);
        EXPECT_THAT(result, FailsWith(1, "\"bogus\"")) << option;
        EXPECT_THAT(result.out, IsEmpty()) << option;
    }
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, CopiesWhatALinkLeadsTo)
{
    write_file("shop/real.txt", "real");
    std::filesystem::create_symlink("real.txt", directory_ + "/link.txt");
    write_compose("services:\n" + service("app", "    command: forever\n"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());

    EXPECT_THAT(compose("cp", "-L", "link.txt", "app:/copy"), Succeeds());
    std::filesystem::remove(directory_ + "/real.txt");
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "cat", "/copy"), PrintsSubstring("real"));
    EXPECT_THAT(compose("down", "-t", "0"), Succeeds());
}

TEST_F(Compose, DryRunsOnlyTell)
{
    write_file("shop/new.txt", "new");
    write_compose("services:\n" + service("db", "    volumes: ['data:/data']\n    command: forever\n") + "volumes:\n  data:\n");
    ASSERT_THAT(compose("up", "-d"), Succeeds());

    EXPECT_THAT(compose("--dry-run", "cp", "new.txt", "db:/data/x"), FailsWith(1, "--dry-run is not supported"));
    EXPECT_THAT(compose("cp", "db:/data/x", "-"), Not(Succeeds()));

    EXPECT_THAT(compose("--dry-run", "down", "-v", "--rmi", "all"),
                Prints("- container shop-db-1 is stopped\n- container shop-db-1 is removed\n- volume shop_data is removed\n- image localhost/probe is removed"));
    EXPECT_THAT(compose("--dry-run", "down"), Prints("- container shop-db-1 is stopped\n- container shop-db-1 is removed"));
    EXPECT_EQ(compose("ps", "--services").line(), "db");
    EXPECT_THAT(compose("down", "-v", "-t", "0"), Succeeds());
    EXPECT_THAT(compose("--dry-run", "down", "-v"), PrintsSubstring("No resource found to remove"));
}

TEST_F(Compose, VolumesWithoutANameFollowTheirContainers)
{
    const auto bring_up = [&](const std::string& value, const std::vector<std::string>& further) {
        write_compose("services:\n" + service("db", "    volumes: ['/data']\n    command: forever\n    environment: {A: " + value + "}\n"));
        RunOptions options;
        options.directory = directory_;
        std::vector<std::string> words{program(), "compose", "up", "-d", "-t", "0"};
        words.insert(words.end(), further.begin(), further.end());
        EXPECT_THAT(run(words, options), Succeeds());
        return skiff("volume", "ls", "-q").out;
    };

    const std::string first = bring_up("one", {});
    EXPECT_EQ(bring_up("two", {}), first) << "it moves over to the new container";
    const std::string renewed = bring_up("three", {"-V"});
    EXPECT_NE(renewed, first);
    EXPECT_EQ(renewed.size(), first.size()) << "the old one is given up";
    EXPECT_THAT(compose("down", "-v", "-t", "0"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());

    bring_up("one", {});
    const std::string both = bring_up("two", {"--scale", "db=2"});
    EXPECT_THAT(compose("scale", "db=1"), Succeeds());
    EXPECT_EQ(skiff("volume", "ls", "-q").out, both) << "nobody said that data may go";
    EXPECT_THAT(compose("rm", "-fsv"), Succeeds());
    EXPECT_EQ(skiff("volume", "ls", "-q").out.size() * 2, both.size());
}

TEST_F(Compose, RunsOneOffContainersOnlyWhenAllConditionsHold)
{
    write_compose("services:\n" +
                  service("app", "    command: echo ran\n    depends_on: {slow: {condition: service_healthy}, job: {condition: service_completed_successfully}}\n") +
                  service("slow", "    command: forever\n    healthcheck: {test: [CMD, /bin/probe, exit, '1'], start_period: 1h}\n") +
                  service("job", "    command: sleep 0.2 then exit 4\n"));

    const Result result = compose("run", "--rm", "app");

    EXPECT_THAT(result, FailsWith(1, "Error: service \"job\" didn't complete successfully: exit 4"));
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, RunsOneOffContainers)
{
    write_compose("services:\n" + service("app", "    command: forever\n    environment: {A: base}\n    depends_on: [db]\n") + service("db", "    command: forever\n"));

    const Result first = compose("run", "--rm", "-e", "A=mine", "app", "env", "A");
    EXPECT_THAT(first, PrintsSubstring("mine"));
    EXPECT_THAT(first.err, AllOf(HasSubstr("Container shop-db-1  Started\n"), Not(HasSubstr("shop-app-1")), Not(HasSubstr("Exited"))));
    write_file("shop/first.env", "A=first\nB=first\n");
    write_file("shop/second.env", "A=second\n");
    EXPECT_THAT(compose("run", "--rm", "--env-from-file", "first.env", "--env-from-file", "second.env", "app", "env"),
                AllOf(PrintsSubstring("A=second\n"), PrintsSubstring("B=first\n")));
    EXPECT_TRUE(is_running("shop-db-1"));
    EXPECT_THAT(compose("run", "--rm", "app", "exit", "5"), ExitsWith(5));
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").out, "shop-db-1\n");
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, KeepsWhatAContainerHasBecome)
{
    write_compose("services:\n" + service("web", "    command: forever\n    scale: 2\n"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    ASSERT_THAT(compose("exec", "-T", "--index=2", "web", "/bin/probe", "write", "/note", "second"), Succeeds());

    ASSERT_THAT(compose("commit", "-a", "me", "-m", "a note", "-c", "CMD [\"cat\", \"/note\"]", "--index=2", "web", "shop:kept"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--network=none", "shop:kept"), PrintsSubstring("second"));
    EXPECT_EQ(skiff("image", "inspect", "-f", "{{.Author}} {{.Comment}}", "shop:kept").out, "me a note\n");
    ASSERT_THAT(compose("export", "--index=2", "-o", directory_ + "/web.tar", "web"), Succeeds());
    EXPECT_THAT(read_file(directory_ + "/web.tar"), AllOf(HasSubstr("note"), HasSubstr("second")));
    EXPECT_THAT(compose("export", "-o", directory_ + "/none.tar", "--index=3", "web").err, HasSubstr("service \"web\" is not running container #3"));
    EXPECT_THAT(compose("commit", "nothing", "x").err, HasSubstr("no such service: nothing"));
}

TEST_F(Compose, DrawsItsServices)
{
    write_compose("services:\n" + service("web", "    depends_on: [db]\n") + service("db", ""));
    const std::string graph = compose("alpha", "viz", "--image", "--spaces", "--indentation-size=2").out;
    EXPECT_THAT(graph, AllOf(StartsWith("digraph \"shop\" {\n  layout=dot;\n"), HasSubstr("\n  \"web\" -> {\"db\"};\n"), HasSubstr("<br/>localhost/probe")));
    EXPECT_EQ(compose("viz", "--image", "--spaces", "--indentation-size=2").out, graph);
    EXPECT_EQ(skiff("compose", "-f", directory_ + "/compose.yaml", "alpha", "viz", "--image", "--spaces", "--indentation-size=2").out, graph);
}

TEST_F(Compose, LetsServicesFindEachOtherByName)
{
    const std::uint16_t port = free_port();
    const std::string common = "    image: localhost/probe\n    stop_grace_period: 1s\n";
    write_compose("services:\n"
                  "  web:\n" + common + "    command: serve 80 from-web\n    ports: ['" + std::to_string(port) + ":80']\n    networks: [front, back]\n"
                  "    depends_on: {db: {condition: service_healthy}}\n"
                  "  db:\n" + common + "    command: serve 80 from-db\n    networks: {back: {aliases: [database]}}\n"
                  "    healthcheck: {test: [CMD, /bin/probe, fetch, 127.0.0.1, '80'], interval: 200ms}\n"
                  "  outside:\n" + common + "    command: forever\n    networks: [front]\n"
                  "networks:\n  front: {}\n  back: {internal: true}\n");

    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(http_get(port), "from-web");
    for (const char* name : {"db", "database", "shop-db-1"})
        EXPECT_THAT(compose("exec", "-T", "web", "/bin/probe", "fetch", name, "80"), PrintsSubstring("from-db")) << name;
    EXPECT_THAT(compose("exec", "-T", "outside", "/bin/probe", "fetch", "web", "80"), PrintsSubstring("from-web"));
    EXPECT_NE(compose("exec", "-T", "outside", "/bin/probe", "fetch", "db", "80").code, 0);
    EXPECT_THAT(skiff("network", "ls", "-q").out, AllOf(HasSubstr("shop_front"), HasSubstr("shop_back")));

    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(skiff("network", "ls", "-q").out, Not(HasSubstr("shop_")));
}

TEST_F(Compose, BringsUpFiveServicesOnTwoNetworks)
{
    const std::uint16_t port = free_port();
    write_compose("x-common: &common {image: localhost/probe, stop_grace_period: 1s, restart: unless-stopped}\n"
                  "services:\n"
                  "  proxy:\n    <<: *common\n    command: serve 80 from-proxy\n    ports: ['" + std::to_string(port) + ":80']\n    networks: [front]\n"
                  "    depends_on: [web, api]\n"
                  "  web:\n    <<: *common\n    command: serve 80 from-web\n    networks: [front]\n    depends_on: {api: {condition: service_healthy}}\n"
                  "  api:\n    <<: *common\n    command: serve 80 from-api\n    networks: [front, back]\n"
                  "    depends_on: {db: {condition: service_healthy, restart: true}, cache: {condition: service_started}}\n"
                  "    healthcheck: {test: [CMD, /bin/probe, fetch, 127.0.0.1, '80'], interval: 200ms}\n"
                  "  db:\n    <<: *common\n    command: serve 5432 from-db\n    volumes: ['data:/var/lib/db']\n    networks: [back]\n"
                  "    healthcheck: {test: [CMD, /bin/probe, fetch, 127.0.0.1, '5432'], interval: 200ms}\n"
                  "  cache:\n    <<: *common\n    command: serve 6379 from-cache\n    networks: [back]\n"
                  "networks: {front: {}, back: {internal: true}}\nvolumes: {data: {}}\n");

    ASSERT_THAT(compose("up", "-d", "--wait", "--scale", "web=3"), Succeeds());
    EXPECT_EQ(http_get(port), "from-proxy");
    EXPECT_THAT(compose("exec", "-T", "proxy", "/bin/probe", "fetch", "web", "80"), PrintsSubstring("from-web"));
    EXPECT_THAT(compose("exec", "-T", "api", "/bin/probe", "fetch", "cache", "6379"), PrintsSubstring("from-cache"));
    EXPECT_EQ(compose("ps", "-q", "web").out.size(), 3U * 65);
    EXPECT_THAT(compose("up", "-d", "--scale", "web=3").err, Not(HasSubstr("Started")));

    EXPECT_THAT(compose("down", "-v"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Compose, TriesAgainAsThePolicyOfDeploySays)
{
    write_compose("services:\n" + service("web", "    command: exit 1\n    restart: 'no'\n"
                                                  "    deploy: {restart_policy: {condition: any, max_attempts: 2, delay: 50ms, window: 1h}}\n"));

    ASSERT_THAT(compose("up", "-d"), Succeeds());

    EXPECT_TRUE(eventually([&] { return inspect("shop-web-1", "{{.RestartCount}} {{.State.Status}}") == "2 exited"; }));
    EXPECT_EQ(inspect("shop-web-1", "{{with .HostConfig.RestartPolicy}}{{.Name}} {{.MaximumRetryCount}} {{.Delay}} {{.Window}}{{end}}"),
              "always 2 50ms 1h0m0s");
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, ChecksMoreOftenInTheStartPeriod)
{
    write_compose("services:\n" + service("web", "    command: sleep 0.5 then write /ready yes then forever\n"
                                                  "    healthcheck: {test: [CMD, /bin/probe, cat, /ready], interval: 1h, start_period: 1h, start_interval: 100ms}\n"));

    EXPECT_THAT(compose("up", "-d", "--wait"), Succeeds());

    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, BuildsImages)
{
    make_directory("shop/app");
    write_file("shop/app/Dockerfile", "FROM localhost/probe\nARG WORD\nENV SAID=$WORD\nCOPY note /note\n");
    write_file("shop/app/note", "first");
    write_compose("services:\n  one: {build: {context: ./app, args: {WORD: hello}}, command: cat /note, network_mode: none}\n"
                  "  two:\n    image: localhost/second\n    network_mode: none\n    command: cat /inline\n"
                  "    build:\n      context: ./app\n      dockerfile_inline: |\n        FROM localhost/probe\n        COPY note /inline\n");

    const Result up = compose("up");
    EXPECT_THAT(up, Succeeds());
    EXPECT_THAT(up.out, AllOf(HasSubstr("one-1  | first\n"), HasSubstr("two-1  | first\n")));
    write_file("shop/app/note", "second");
    EXPECT_THAT(compose("up", "--no-build").out, HasSubstr("one-1  | first\n"));
    EXPECT_THAT(compose("up", "--build").out, HasSubstr("one-1  | second\n"));
    EXPECT_THAT(compose("down", "--rmi", "local"), Succeeds());
    EXPECT_THAT(skiff("images", "--format", "{{.Repository}}").out, AllOf(HasSubstr("localhost/second"), Not(HasSubstr("shop-one"))));

    write_file("shop/app/Dockerfile", "FROM localhost/probe\nCOPY nothing /\n");
    EXPECT_THAT(compose("build", "one"), FailsWith(1, "nothing"));
}

TEST_F(Compose, ShowsWhatABuildSays)
{
    write_file("shop/note", "told before");
    write_compose("services:\n  one:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM localhost/probe\n        COPY note /note\n"
                  "        RUN [\"/bin/probe\", \"cat\", \"/note\", \"/missing\"]\n");

    const Result plain = compose("build");
    EXPECT_THAT(plain, AllOf(FailsWith(1, "one  | told before"), FailsWith(1, "one  | STEP 3/3"), FailsWith(1, "service one: building shop-one failed")));
    EXPECT_THAT(plain.err, HasSubstr("hint: line 3 of dockerfile_inline of services.one"));
    const Result quiet = compose("build", "-q");
    EXPECT_THAT(quiet, AllOf(FailsWith(1, "told before"), FailsWith(1, "probe: /missing: ")));
    EXPECT_THAT(quiet.err, Not(HasSubstr("one  | ")));
}

/// A service `web` with data in a volume that moved over from one container to the next: gives the id of the second.
class ComposeRecreation : public Compose
{
  protected:
    std::string bring_up_twice()
    {
        for (const char* value : {"one", "two"}) {
            write_compose("services:\n" + service("web", "    command: forever\n    volumes: ['/data']\n    environment: {A: " + std::string{value} + "}\n"));
            EXPECT_THAT(compose("up", "-d", "-t", "0"), Succeeds());
        }
        return inspect("shop-web-1", "{{.Id}}");
    }

    /// What the second was called until the first had gone.
    std::string name_while_replacing()
    {
        return inspect("shop-web-1", "{{index .Config.Labels \"com.docker.compose.replace\"}}").substr(0, 12) + "_shop-web-1";
    }
};

TEST_F(ComposeRecreation, KeepsMovedDataWhenSomebodyTakesTheName)
{
    const std::string id = bring_up_twice();
    const std::string volume = skiff("volume", "ls", "-q").out;
    ASSERT_THAT(skiff("rename", "shop-web-1", name_while_replacing()), Succeeds());
    ASSERT_THAT(skiff("create", "--name", "shop-web-1", "localhost/probe"), Succeeds());

    EXPECT_THAT(compose("up", "-d"), FailsWith(1, "already in use"));
    EXPECT_TRUE(is_running(id));
    EXPECT_EQ(skiff("volume", "ls", "-q").out, volume);

    ASSERT_THAT(skiff("rm", "shop-web-1"), Succeeds());
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(inspect("shop-web-1", "{{.Id}}"), id);
    EXPECT_THAT(compose("down", "-v"), Succeeds());
}

TEST_F(ComposeRecreation, LeavesAloneWhatOnlyLooksLikeIt)
{
    write_compose("services:\n" + service("web", "    command: forever\n"));
    for (const char* name : {"web", "0123456789ab_web"})
        ASSERT_THAT(skiff("run", "-d", "--name", name, "--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=old",
                          "--label", "com.docker.compose.container-number=1", "--network=none", "localhost/probe", "forever"),
                    Succeeds());

    EXPECT_THAT(compose("up", "-d"), Succeeds());

    EXPECT_TRUE(is_running("0123456789ab_web"));
    EXPECT_THAT(compose("down", "-t", "0", "--remove-orphans"), Succeeds());
}

TEST_F(ComposeRecreation, FinishesWhatAKilledUpLeft)
{
    const std::string id = bring_up_twice();

    // Killed before the new one had its name, the old one gone:
    ASSERT_THAT(skiff("rename", "shop-web-1", name_while_replacing()), Succeeds());
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_EQ(inspect("shop-web-1", "{{.Id}}"), id);

    // Killed before the old one went:
    ASSERT_THAT(skiff("create", "--name", id.substr(0, 12) + "_shop-web-1", "--label", "com.docker.compose.project=shop", "--label",
                      "com.docker.compose.service=web", "--label", "com.docker.compose.container-number=1", "--label",
                      "com.docker.compose.replace=" + id, "localhost/probe", "forever"),
                Succeeds());
    const Result again = compose("up", "-d");
    ASSERT_THAT(again, Succeeds());
    EXPECT_EQ(again.out, "");
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").out, "shop-web-1\n");
    EXPECT_EQ(inspect("shop-web-1", "{{.Id}}"), id);
    EXPECT_THAT(compose("down", "-v"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Compose, RecreatesAChangedNetworkWithItsContainers)
{
    const std::string web = "services:\n  web: {image: localhost/probe, command: forever, stop_grace_period: 1s, networks: [n]}\nnetworks:\n  n: ";
    write_compose(web + "{labels: {a: '1'}}\n");
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    const std::string before = inspect("shop-web-1", "{{.Id}}");

    write_compose(web + "{labels: {a: '2'}}\n");
    EXPECT_THAT(compose("plan").out, HasSubstr("~ network shop_n is recreated: its configuration changed"));
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_NE(inspect("shop-web-1", "{{.Id}}"), before);
    EXPECT_THAT(skiff("network", "inspect", "--format", "{{.Labels}}", "shop_n").out, HasSubstr("a:2"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, GivesSecretsAndConfigs)
{
    write_file("shop/key.txt", "from-file", 0600);
    write_compose("services:\n" + service("app", "    command: forever\n    user: '1000'\n    secrets: [key, {source: word, target: other, mode: '0400', uid: '1000'}]\n"
                                                  "    configs: [{source: settings, target: /etc/app.conf}]\n") +
                  "secrets: {key: {file: ./key.txt}, word: {environment: WORD}}\nconfigs: {settings: {content: \"a=${WORD}\"}}\n");
    environment().push_back("WORD=from-variable");

    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "cat", "/run/secrets/key"), PrintsSubstring("from-file"));
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "cat", "/run/secrets/other"), PrintsSubstring("from-variable"));
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "stat", "/run/secrets/other"), PrintsSubstring(" 100400 1000:0 "));
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "cat", "/etc/app.conf"), PrintsSubstring("a=from-variable"));
    EXPECT_THAT(skiff("inspect", "shop-app-1").out, Not(HasSubstr("from-file")));
    EXPECT_THAT(compose("run", "--rm", "-T", "app", "cat", "/run/secrets/key"), PrintsSubstring("from-file"));
    EXPECT_THAT(skiff("events", "--stream=false", "--filter", "type=secret").out, IsEmpty()) << "whoever is killed leaves nothing in the store";

    write_file("shop/key.txt", "changed", 0600);
    EXPECT_THAT(compose("plan").out, HasSubstr("shop-app-1 is recreated: secrets changed"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, GivesFilesOfAnySizeAndDirectories)
{
    write_file("shop/empty", "");
    write_file("shop/large", std::string(17U << 20U, 'x'));
    make_directory("shop/certificates");
    write_file("shop/certificates/ca.pem", "from-directory");
    const std::string sources = "secrets: {empty: {file: ./empty}, large: {file: ./large}, certificates: {file: ./certificates}}\n";
    write_compose("services:\n" + service("app", "    command: forever\n    secrets: [large, certificates, {source: empty, mode: 0440}]\n") + sources);

    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "stat", "/run/secrets/empty"), PrintsSubstring(" 100440 0:0 0"));
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "stat", "/run/secrets/large"), PrintsSubstring(" " + std::to_string(17U << 20U)));
    EXPECT_THAT(compose("exec", "-T", "app", "/bin/probe", "cat", "/run/secrets/certificates/ca.pem"), PrintsSubstring("from-directory"));
    EXPECT_THAT(compose("down"), Succeeds());

    write_compose("services:\n" + service("app", "    secrets: [{source: large, mode: 0440}]\n") + sources);
    EXPECT_THAT(compose("create"), FailsWith(1, "mode of large cannot be set"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, GivesSecretsOfTheStore)
{
    write_file("word", "from-store");
    const std::string app = "services:\n" + service("app", "    command: cat /run/secrets/word\n    secrets: [word]\n");
    write_compose(app + "secrets: {word: {external: true, name: the-word}}\n");

    EXPECT_THAT(compose("up"), FailsWith(1, "external secret \"the-word\" not found"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    ASSERT_THAT(skiff("secret", "create", "the-word", path() + "/word"), Succeeds());
    EXPECT_THAT(compose("up").out, HasSubstr("from-store"));
    EXPECT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(skiff("secret", "rm", "the-word"), Succeeds());

    write_compose(app + "secrets: {word: {file: ./nowhere}}\n");
    EXPECT_THAT(compose("up"), FailsWith(1, "secret word: the file " + directory_ + "/nowhere does not exist"));
    write_compose(app + "secrets: {word: {environment: UNSET}}\n");
    EXPECT_THAT(compose("up"), FailsWith(1, "secret word: the variable UNSET is not set"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, RunMakesDirectoriesOfTheHostToo)
{
    write_compose("services:\n" + service("app", "    command: exit 0\n    volumes: ['./made:/made']\n"));

    EXPECT_THAT(compose("run", "--rm", "-T", "app"), Succeeds());
    EXPECT_THAT(list_directory(directory_), Contains("made"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, FollowsChangesOfFiles)
{
    write_compose("services:\n" + service("app", "    command: forever\n    develop: {watch: [{path: ./src, action: sync, target: /app, initial_sync: true}]}\n"));
    make_directory("shop/src");
    write_file("shop/src/page", "first");
    auto watch = start_compose("watch");

    const auto page = [&] { return compose("exec", "-T", "app", "/bin/probe", "cat", "/app/page").out; };
    EXPECT_TRUE(eventually([&] { return page().starts_with("first"); }));
    write_file("shop/src/page", "second");
    EXPECT_TRUE(eventually([&] { return page().starts_with("second"); }));

    // A link stays one: nothing of the host comes along. What replaces it does not go where it led.
    const std::string link = directory_ + "/src/link";
    const auto say = [&](const char* command, const char* name) { return compose("exec", "-T", "app", "/bin/probe", command, name).out; };
    ASSERT_EQ(::symlink("/etc/hostname", link.c_str()), 0);
    EXPECT_TRUE(eventually([&] { return say("readlink", "/app/link") == "/etc/hostname\n"; }));
    const std::string before = say("cat", "/etc/hostname");
    ASSERT_EQ(::unlink(link.c_str()), 0);
    write_file("shop/src/link", "a file");
    EXPECT_TRUE(eventually([&] { return say("cat", "/app/link").starts_with("a file"); }));
    EXPECT_EQ(say("cat", "/etc/hostname"), before);
    watch.signal(SIGINT);
    EXPECT_EQ(watch.finish().code, 0);
    EXPECT_THAT(compose("down"), Succeeds());

    auto up = start_compose("up", "--watch");
    EXPECT_TRUE(eventually([&] { return page().starts_with("second"); }));
    up.signal(SIGINT);
    EXPECT_EQ(up.finish().code, 0);
    EXPECT_THAT(compose("up", "-d", "-w"), FailsWith(1, "--detach and --watch are incompatible"));
    EXPECT_THAT(compose("down"), Succeeds());
}

TEST_F(Compose, TellsMistakesWithTheirPlace)
{
    const std::pair<const char*, const char*> cases[] = {
        {"web:\n  image: x\n", "compose.yaml:1: Additional property web is not allowed"},
        {"services:\n  web:\n    build: .\n    args: [A=1]\n", "'args' is a key of build"},
        {"services:\n\tweb: {}\n", "compose.yaml:2: found a tab"},
        {"services:\n  web:\n    image: x\n    ports: 80\n", "compose.yaml:4: services.web.ports must be a list"},
        {"services:\n  web:\n    imag: x\n", "did you mean 'image'?"},
    };
    for (const auto& [text, expected] : cases) {
        write_compose(text);
        EXPECT_THAT(compose("config"), FailsWith(1, expected)) << text;
    }
    write_compose("version: '3'\nservices:\n  web:\n    image: x\n");
    EXPECT_THAT(compose("config").err, HasSubstr("`version` is obsolete"));
}

TEST_F(Compose, IsCalledByALinkAndByFiles)
{
    write_compose("services:\n" + service("a", "") + service("b", "    profiles: [extra]\n"));
    const std::string link = path() + "/docker-compose";
    ASSERT_EQ(::symlink(program().c_str(), link.c_str()), 0);
    RunOptions options;
    options.directory = directory_;

    EXPECT_THAT(run({link, "config", "--services"}, options), Prints("a"));
    EXPECT_THAT(run({link, "--profile", "extra", "config", "--services"}, options), Prints("a\nb"));
    EXPECT_THAT(run({link, "version", "--short"}, options), PrintsSubstring("2."));
    EXPECT_THAT(run({link, "version"}, options), PrintsSubstring("(built into skiff "));
    EXPECT_THAT(run({link, "--version"}, options), PrintsSubstring("Docker Compose version v2."));
    write_file("shop/more.yaml", "services:\n" + service("c", ""));
    EXPECT_THAT(run({link, "-f", "compose.yaml", "-f", "more.yaml", "-p", "p", "config", "--services"}, options), Prints("a\nc"));
    EXPECT_THAT(compose("config", "--format", "json").out, HasSubstr("\"name\": \"shop\""));
    ::unlink(link.c_str());
}

TEST_F(Compose, TheDockerfileIsThePreferredOne)
{
    write_file("shop/Containerfile", "FROM localhost/probe\n");
    write_compose("services:\n  a: {build: .}\n");
    EXPECT_THAT(compose("build", "--print").out, Not(HasSubstr("--file=")));
    EXPECT_THAT(compose("build", "--print", "--check").out, HasSubstr(" --check "));
    write_file("shop/Dockerfile", "FROM localhost/probe\n");
    EXPECT_THAT(compose("build", "--print").out, HasSubstr("--file=" + directory_ + "/Dockerfile"));
    write_compose("services:\n  a: {build: {context: ., no_cache_filter: [one, two]}}\n");
    EXPECT_THAT(compose("build", "--print").out, AllOf(HasSubstr("--no-cache-filter=one"), HasSubstr("--no-cache-filter=two")));
    write_compose("services:\n  a: {build: {context: ., dockerfile: Dockerfile}}\n");
    EXPECT_THAT(compose("build", "--print").out, HasSubstr("--file=" + directory_ + "/Dockerfile"));
}

} // namespace
