// kill -9 at any moment. Each round starts a command, kills it after a random time between nothing and what the command takes,
// and then wants the store to be as if nothing had happened: `system check` finds no damage, lists have no warnings, a container
// runs. Nobody repairs anything in between. In the end, ordinary commands remove everything, and nothing may be left on disk.
//
// SKIFF_KILLS=5000 for a long night; SKIFF_KILL_SEED repeats one.

#include "tests/support/box.hpp"

#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::IsEmpty;
using Clock = std::chrono::steady_clock;

namespace {

std::string setting(const char* name, const std::string& fallback)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fallback : value;
}

/// Thousands of small files: in memory where there is room, so that the disk is not what is measured.
struct InMemory
{
    InMemory()
    {
        if (::access("/dev/shm", W_OK) == 0)
            ::setenv("TMPDIR", "/dev/shm", 1); // NOLINT(concurrency-mt-unsafe)
    }
};

struct Victim
{
    std::string name;
    std::vector<std::string> words;
    std::vector<std::vector<std::string>> before; ///< commands that make its work possible; what they say does not matter
    std::chrono::microseconds takes{0};
};

class Kills : public InMemory, public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        archive_ = setting("SKIFF_PROBE_IMAGE", "probe.tar");
        make_victims();
    }

    void make_victims()
    {
        const std::string other = path() + "/other.tar";
        const std::vector<std::string> words{"/usr/bin/env", "python3", setting("SKIFF_PACK_IMAGE", "pack_image.py"), other,
                                             "localhost/other:latest", R"({"Entrypoint":["/bin/probe"]})",
                                             setting("SKIFF_PROBE", "probe") + ":bin/probe", "size:var/more=2000000"};
        ASSERT_THAT(run(words), Succeeds());
        const std::vector<std::string> load_other{"load", "-q", "-i", other};
        victims_ = {
            {"load", load_other, {{"rmi", "-f", "other"}}},
            {"pull", {"pull", "-q", "docker-archive:" + other}, {{"rmi", "-f", "other"}}},
            {"rmi", {"rmi", "-f", "other"}, {load_other}},
            {"untag and remove", {"rmi", "other", "second"}, {load_other, {"tag", "other", "second"}}},
            {"prune", {"image", "prune", "--all", "--force"}, {load_other}},
            {"tag", {"tag", "probe", "a", "b", "c", "d"}, {}},
            {"untag", {"untag", "keeper", "a", "b", "c", "d"}, {{"tag", "keeper", "a", "b", "c", "d"}}},
            {"run", {"run", "--name", "short", "probe", "exit", "0"}, {{"rm", "-f", "short"}}},
            {"run --rm", {"run", "--rm", "probe", "exit", "0"}, {}},
            {"run -d", {"run", "-d", "--name", "long", "probe", "forever"}, {{"rm", "-f", "-t", "0", "long"}}},
            {"rm", {"rm", "-f", "-t", "0", "long"}, {{"rm", "-f", "-t", "0", "long"}, {"run", "-d", "--name", "long", "probe", "forever"}}},
            {"create", {"create", "--name", "made", "probe"}, {{"rm", "-f", "made"}}},
            {"rename", {"rename", "made", "renamed"}, {{"rm", "-f", "made", "renamed"}, {"create", "--name", "made", "probe"}}},
            {"volume", {"run", "--rm", "-v", "data:/etc", "probe", "exit", "0"}, {{"volume", "rm", "-f", "data"}}},
            {"volume rm", {"volume", "rm", "-f", "data"}, {{"volume", "create", "data"}}},
            {"commit", {"commit", "-q", "base", "committed"}, {{"rmi", "-f", "committed"}, {"create", "--name", "base", "probe"}}},
            {"save", {"save", "-q", "-o", path() + "/tmp/saved.tar", "probe"}, {{"load", "-q", "-i", archive_}}},
            {"system prune", {"system", "prune", "--force"}, {{"create", "--name", "made", "probe"}}},
        };
        std::erase_if(victims_, [&](Victim& victim) { return !measure(victim); });
    }

    void prepare(const Victim& victim)
    {
        load_probe();
        for (std::vector<std::string> words : victim.before) {
            words.insert(words.begin(), program());
            (void)run(words);
        }
        ::unlink((path() + "/tmp/saved.tar").c_str());
    }

    /// Again, after a prune.
    void load_probe()
    {
        for (const char* name : {"probe", "keeper"})
            if (skiff("image", "exists", name).code != 0) {
                EXPECT_THAT(skiff("load", "-q", "-i", archive_), Succeeds());
                EXPECT_THAT(skiff("tag", "probe", "keeper"), Succeeds());
            }
    }

    /// False for a command that this program does not have.
    bool measure(Victim& victim)
    {
        prepare(victim);
        std::vector<std::string> words = victim.words;
        words.insert(words.begin(), program());
        const auto begin = Clock::now();
        const Result result = run(words);
        victim.takes = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
        if (result.err.find("not built yet") != std::string::npos || result.err.find("unrecognized command") != std::string::npos)
            return false;
        EXPECT_THAT(result, Succeeds()) << victim.name;
        return true;
    }

    /// Whole process groups die, too: what a terminal that closes, or a batch system, does.
    void kill_in_the_middle(const Victim& victim)
    {
        const auto after = std::uniform_int_distribution<std::int64_t>{0, victim.takes.count() * 11 / 10}(random_);
        const bool whole_group = std::bernoulli_distribution{0.5}(random_);
        std::vector<std::string> words = victim.words;
        words.insert(words.begin(), program());
        Running::Start start{words, environment(), "", [] { ::setpgid(0, 0); }, false};
        Running command{std::move(start)};
        std::this_thread::sleep_for(std::chrono::microseconds{after});
        ::kill(whole_group ? -command.pid() : command.pid(), SIGKILL);
        command.signal(SIGKILL); // before it had its group
        (void)command.finish();
    }

    void expect_a_sound_store()
    {
        const Result check = skiff("system", "check", "--quick");
        EXPECT_THAT(check, Succeeds()) << check.out;
        for (const auto& list : {std::vector<std::string>{"images", "--all"}, {"ps", "--all"}, {"volume", "ls"}}) {
            const Result result = run({program(), list[0], list[1]});
            EXPECT_THAT(result, Succeeds());
            EXPECT_EQ(result.err, "") << list[0];
        }
        load_probe();
        const Result ran = skiff("run", "--rm", "--network", "none", "probe", "echo", "sound");
        EXPECT_THAT(ran, Prints("sound"));
        EXPECT_EQ(ran.err, "");
    }

    std::string archive_;
    std::vector<Victim> victims_;
    std::mt19937 random_{static_cast<unsigned>(std::stoul(setting("SKIFF_KILL_SEED", std::to_string(std::random_device{}() % 100000))))};
};

TEST_F(Kills, LeaveAStoreThatTheNextCommandFindsSound)
{
    const int rounds = std::stoi(setting("SKIFF_KILLS", "250"));
    const auto enough = Clock::now() + std::chrono::seconds{std::getenv("SKIFF_KILLS") == nullptr ? 50 : 1'000'000};
    int done = 0;
    for (; done < rounds && Clock::now() < enough && !HasFailure(); ++done) {
        const Victim& victim = victims_[std::uniform_int_distribution<std::size_t>{0, victims_.size() - 1}(random_)];
        SCOPED_TRACE("round " + std::to_string(done) + ": " + victim.name);
        prepare(victim);
        kill_in_the_middle(victim);
        expect_a_sound_store();
    }
    RecordProperty("kills", done);
    std::printf("%d kills\n", done);

    // Ordinary commands, no repair.
    EXPECT_THAT(skiff("rm", "--all", "--force", "--time", "0"), Succeeds());
    EXPECT_THAT(skiff("rmi", "--all", "--force"), Succeeds());
    EXPECT_THAT(skiff("volume", "prune", "--force", "--all"), Succeeds());
    for (const char* place : {"layers", "images", "blobs/sha256", "containers", "volumes", "names/images", "names/containers",
                              "staging", "trash"})
        EXPECT_THAT(list_directory(path() + "/data/skiff/" + place), IsEmpty()) << place;
    EXPECT_THAT(list_directory(path() + "/run/skiff/containers"), IsEmpty());
    EXPECT_THAT(list_directory(path() + "/run/skiff/locks"),
                ::testing::Each(::testing::Not(::testing::AnyOf(::testing::StartsWith("layer-"), ::testing::StartsWith("volume-")))));
    for (const std::string& file : list_directory(path() + "/tmp"))
        ::unlink((path() + "/tmp/" + file).c_str());
}

} // namespace
