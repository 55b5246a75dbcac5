// Secrets: kept, given to containers, and never told to anybody else.

#include "tests/support/box.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

/// What no file and no command line may have but those that are meant to.
constexpr const char* mark = "marked-credential-9f2c71";

class Secrets : public Box
{
  protected:
    std::string create(const std::string& name, const std::string& content = mark)
    {
        RunOptions options;
        options.input = content;
        return run({program(), "secret", "create", name, "-"}, options).line();
    }

    /// The files below the box that hold the mark, also those of other ids; paths below the box.
    std::vector<std::string> marked_files()
    {
        const Result found = skiff("unshare", "grep", "-raFl", "--devices=skip", mark, path());
        std::vector<std::string> files;
        std::istringstream lines{found.out};
        for (std::string line; std::getline(lines, line);)
            files.push_back(line.substr(path().size()));
        std::sort(files.begin(), files.end());
        return files;
    }

    /// Command lines of processes that hold it, but for the search itself.
    static std::vector<std::string> marked_command_lines()
    {
        std::vector<std::string> lines;
        for (const std::string& name : list_directory("/proc")) {
            if (name.find_first_not_of("0123456789") != std::string::npos)
                continue;
            std::ifstream file{"/proc/" + name + "/cmdline"};
            const std::string line{std::istreambuf_iterator<char>{file}, {}};
            if (line.find(mark) != std::string::npos)
                lines.push_back(line);
        }
        return lines;
    }
};

TEST_F(Secrets, AreKeptFromStandardInputAFileOrAVariable)
{
    RunOptions with_variable;
    with_variable.environment = {"TOKEN=from-variable"};

    const std::string id = create("from-input");
    EXPECT_THAT(skiff("secret", "create", "from-file", write_file("secret", "text")), Succeeds());
    EXPECT_THAT(run({program(), "secret", "create", "--env", "from-variable", "TOKEN"}, with_variable), Succeeds());

    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{25}"));
    EXPECT_THAT(skiff("secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", id), Prints(mark));
    EXPECT_THAT(skiff("secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "from-file"), Prints("text"));
    EXPECT_THAT(skiff("secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "from-variable"),
                Prints("from-variable"));
    EXPECT_THAT(skiff("secret", "exists", id), ExitsWith(0));
    EXPECT_THAT(skiff("secret", "exists", "nothing"), ExitsWith(1));
}

TEST_F(Secrets, SayWhatIsWrong)
{
    create("db");
    const std::string file = write_file("secret", "text");

    EXPECT_THAT(skiff("secret", "create", "db", file), FailsWith(125, "db: secret name in use"));
    EXPECT_THAT(skiff("secret", "create", "--ignore", "--replace", "db", file),
                FailsWith(125, "cannot use --ignore and --replace flags together"));
    EXPECT_THAT(skiff("secret", "create", "a/b", file), FailsWith(125, "invalid secret name"));
    EXPECT_THAT(skiff("secret", "create", "new", "/dev/null"),
                FailsWith(125, "secret data must be larger than 0 and less than 512000 bytes"));
    EXPECT_THAT(skiff("secret", "create", "new", "/nowhere"),
                FailsWith(125, "open /nowhere: no such file or directory"));
    EXPECT_THAT(skiff("secret", "create", "--env", "new", "UNSET"),
                FailsWith(125, "cannot create store secret data: environment variable UNSET is not set"));
    EXPECT_THAT(skiff("secret", "create", "-d", "pass", "new", file), FailsWith(125, "is not supported"));
    EXPECT_THAT(skiff("secret", "inspect", "nothing"),
                FailsWith(125, "inspecting secret: no secret with name or id \"nothing\": no such secret"));
    EXPECT_THAT(skiff("secret", "rm", "nothing"),
                FailsWith(125, "no secret with name or id \"nothing\": no such secret"));
    EXPECT_THAT(skiff("secret", "rm", "--ignore", "nothing"), Succeeds());
    EXPECT_THAT(skiff("secret", "rm"), FailsWith(125, "requires one argument, or the --all flag"));
    EXPECT_THAT(skiff("run", "--secret", "nothing", probe_image()),
                FailsWith(125, "no secret with name or id \"nothing\": no such secret"));
}

TEST_F(Secrets, AreListedInspectedReplacedAndRemoved)
{
    const std::string first = skiff("secret", "create", "--label", "kind=test", "--driver-opts", "opt1=val", "db",
                                    write_file("secret", "one"))
                                  .line();
    create("other");

    EXPECT_THAT(skiff("secret", "ls").out,
                MatchesRegex("ID +NAME +DRIVER +CREATED +UPDATED\n[0-9a-f]+ +db +file .* ago\n[0-9a-f]+ +other .*\n"));
    EXPECT_THAT(skiff("secret", "ls", "-q", "--filter", "name=db"), Prints(first));
    EXPECT_THAT(skiff("secret", "ls", "--format", "{{.Name}}", "-f", "label=kind=test"), Prints("db"));
    EXPECT_THAT(skiff("secret", "ls", "--filter", "colour=red"), FailsWith(125, "invalid filter \"colour\""));
    EXPECT_THAT(skiff("secret", "inspect", "db").out,
                AllOf(HasSubstr("\"Name\": \"db\""), HasSubstr("\"kind\": \"test\""), HasSubstr("\"opt1\": \"val\""),
                      Not(HasSubstr("SecretData"))));
    EXPECT_THAT(skiff("secret", "inspect", "--pretty", "db").out,
                AllOf(HasSubstr("Name:              db"), HasSubstr(" - kind=test")));
    EXPECT_THAT(skiff("secret", "create", "--ignore", "db", write_file("secret", "two")), Prints(first));
    EXPECT_THAT(skiff("secret", "create", "--replace", "db", write_file("secret", "two")), Succeeds());
    EXPECT_THAT(skiff("secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "db"), Prints("two"));
    EXPECT_THAT(skiff("secret", "inspect", first), FailsWith(125, "no such secret"));
    EXPECT_THAT(skiff("secret", "rm", "--all"), Succeeds());
    EXPECT_THAT(skiff("secret", "ls", "-q").out, IsEmpty());
    EXPECT_THAT(skiff("events", "--stream=false", "--filter", "type=secret").out,
                AllOf(HasSubstr(" secret create " + first), HasSubstr(" secret remove ")));
}

TEST_F(Secrets, AreFilesOfAContainer)
{
    create("db");
    const std::string image = probe_image();

    EXPECT_THAT(skiff("run", "--rm", "--secret", "db", image, "cat", "/run/secrets/db"), PrintsSubstring(mark));
    EXPECT_THAT(skiff("run", "--rm", "--secret", "db", image, "stat", "/run/secrets/db"),
                PrintsSubstring("/run/secrets/db 100444 0:0 24"));
    EXPECT_THAT(skiff("run", "--rm", "--secret", "db,target=/etc/deep/key,mode=0400", image, "stat", "/etc/deep/key"),
                PrintsSubstring("/etc/deep/key 100400 0:0 24"));
    EXPECT_THAT(skiff("run", "--rm", "--secret", "db,target=name", image, "cat", "/run/secrets/name"),
                PrintsSubstring(mark));
    EXPECT_THAT(skiff("run", "--rm", "--read-only", "--secret", "db", image, "cat", "/run/secrets/db"),
                PrintsSubstring(mark));
    EXPECT_THAT(skiff("run", "--rm", "--secret", "db", image, "write", "/run/secrets/db", "x"), ExitsWith(1));
    EXPECT_THAT(skiff("run", "--rm", "--user", "200:200", "--secret", "db", image, "cat", "/run/secrets/db"),
                PrintsSubstring(mark));
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only: a secret cannot belong to another user";
    EXPECT_THAT(skiff("run", "--rm", "--secret", "db,uid=1000,gid=1001,mode=0777", image, "stat", "/run/secrets/db"),
                PrintsSubstring("/run/secrets/db 100777 1000:1001 24"));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "auto:size=1000", "--secret", "db", image, "stat", "/run/secrets/db"),
                PrintsSubstring("/run/secrets/db 100444 0:0 24"));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", "--secret", "db", image, "cat", "/run/secrets/db"),
                PrintsSubstring(mark));
    EXPECT_THAT(skiff("run", "--rm", "--userns", "auto:size=1000", "--secret", "db,uid=5000", image, "ids"),
                FailsWith(125, "user 5000 does not exist in this container's user namespace"));
}

TEST_F(Secrets, AreVariablesOfAContainer)
{
    create("db");
    const std::string image = probe_image();

    EXPECT_THAT(skiff("run", "--rm", "--secret", "db,type=env", image, "env"),
                PrintsSubstring(std::string{"db="} + mark));
    EXPECT_THAT(skiff("run", "--rm", "-e", "PASSWORD=public", "--secret", "db,type=env,target=PASSWORD", image, "env"),
                PrintsSubstring(std::string{"PASSWORD="} + mark));
    skiff("run", "-d", "--name", "server", "--secret", "db,type=env,target=PASSWORD", image, "forever");
    EXPECT_THAT(skiff("exec", "server", "/bin/probe", "env"), PrintsSubstring(std::string{"PASSWORD="} + mark));
    EXPECT_THAT(skiff("inspect", "server").out, Not(HasSubstr(mark)));
}

TEST_F(Secrets, StayWithContainersThatHaveThem)
{
    create("db");
    const std::string image = probe_image();
    skiff("create", "--name", "reader", "--secret", "db", "--secret", "db,type=env", image, "cat", "/run/secrets/db",
          "then", "env");

    EXPECT_THAT(skiff("secret", "rm", "db"), Succeeds());

    for (int start = 0; start < 2; ++start)
        EXPECT_THAT(skiff("start", "--attach", "reader").out,
                    AllOf(HasSubstr(mark), HasSubstr(std::string{"db="} + mark)));
    EXPECT_THAT(skiff("inspect", "--format", "{{(index .Config.Secrets 0).Name}}", "reader"), Prints("db"));
    EXPECT_THAT(skiff("rm", "reader"), Succeeds());
    EXPECT_THAT(marked_files(), IsEmpty());
}

TEST_F(Secrets, AreNeverInWhatIsTold)
{
    create("db");
    const std::string image = probe_image();
    skiff("run", "-d", "--name", "server", "--secret", "db", "--secret", "db,type=env,target=PASSWORD", "--secret",
          "db,target=/etc/deep/key", "--health-cmd", "[\"CMD\",\"/bin/probe\",\"pid\"]", "--health-interval", "1h",
          image, "forever");
    const std::string container = inspect("server", "{{.Id}}");
    skiff("healthcheck", "run", "server");
    skiff("exec", "server", "/bin/probe", "cat", "/run/secrets/db");
    ASSERT_THAT(skiff("commit", "-q", "server", "committed"), Succeeds());
    ASSERT_THAT(skiff("--log-level", "debug", "save", "-o", path() + "/saved.tar", "committed"), Succeeds());
    ASSERT_THAT(skiff("export", "-o", path() + "/exported.tar", "server"), Succeeds());
    RunOptions input;
    input.input = mark;
    const std::string debugged =
        run({program(), "--log-level", "debug", "secret", "create", "--replace", "db", "-"}, input).err +
        skiff("--log-level", "debug", "run", "--rm", "--secret", "db", image, "ids").err;

    const std::string place = "/data/skiff/containers/" + container + "/private/";
    const std::string of_store = "/data/skiff/secrets/" + skiff("secret", "ls", "-q").line() + "/content";
    EXPECT_THAT(marked_files(), ElementsAre(place + "0", place + "1", place + "2", of_store));
    EXPECT_THAT(marked_command_lines(), IsEmpty());
    for (const std::string& file : {place + "0", of_store}) {
        struct stat status
        {
        };
        ASSERT_EQ(::stat((path() + file).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0600U) << file;
    }
    EXPECT_THAT(debugged, Not(HasSubstr(mark)));
    for (const Result& told :
         {skiff("inspect", "server"), skiff("inspect", "committed"), skiff("secret", "inspect", "db"),
          skiff("events", "--stream=false"), skiff("logs", "server"), skiff("diff", "server"),
          skiff("history", "committed"), skiff("ps", "-a", "--format", "json")})
        EXPECT_THAT(told.out + told.err, Not(HasSubstr(mark)));
    EXPECT_THAT(skiff("diff", "server").out, Not(HasSubstr("secrets")));
    EXPECT_THAT(skiff("run", "--rm", "committed", "env"), AllOf(Succeeds(), Not(PrintsSubstring("PASSWORD"))));
}

TEST_F(Secrets, SurviveWhoeverIsKilled)
{
    for (int round = 0; round < 30; ++round) {
        Running command = start_skiff("secret", "create", "--replace", "db", "/proc/version");
        ::usleep(static_cast<useconds_t>(round) * 300);
        command.signal(SIGKILL);
        (void)command.finish();
    }
    create("last", "x");

    const std::string ids = skiff("secret", "ls", "-q").out;
    for (const std::string& id : list_directory(path() + "/data/skiff/secrets"))
        EXPECT_THAT(ids, HasSubstr(id)) << "left behind";
    EXPECT_THAT(skiff("secret", "create", "--replace", "db", "/proc/version"), Succeeds());
}

} // namespace
