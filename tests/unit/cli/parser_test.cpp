#include "cli/parser.hpp"

#include "cli/commands.hpp"
#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string value_of(const ParsedLine& line, std::string_view option)
{
    std::string value = "not given";
    for (const Given& given : line.invocation.given)
        if (given.option->name == option)
            value = given.value;
    return value;
}

TEST(Parser, TakesValuesInEverySpelling)
{
    for (const std::string line : {"run --publish=80 image", "run --publish 80 image", "run -p80 image",
                                   "run -p 80 image", "run -p=80 image", "run -itp80 image", "run -itp 80 image"}) {
        SCOPED_TRACE(line);
        const ParsedLine parsed = parse(line);
        EXPECT_EQ(value_of(parsed, "publish"), "80");
        EXPECT_THAT(parsed.invocation.operands, ElementsAre("image"));
    }
}

TEST(Parser, TakesBooleansWithAndWithoutAValue)
{
    EXPECT_EQ(value_of(parse("run --rm image"), "rm"), "true");
    EXPECT_EQ(value_of(parse("run --rm=false image"), "rm"), "false");
    EXPECT_EQ(value_of(parse("run -t=0 image"), "tty"), "0");
    // The word behind a boolean is an operand, as everywhere.
    EXPECT_THAT(parse("stop --ignore false").invocation.operands, ElementsAre("false"));
}

TEST(Parser, TakesOptionsOfAGroupInFrontOfItsCommand)
{
    const ParsedLine up = parse("compose -f a.yaml --profile=x -p shop up -d web");
    EXPECT_EQ(value_of(up, "file"), "a.yaml");
    EXPECT_EQ(value_of(up, "profile"), "x");
    EXPECT_EQ(value_of(up, "project-name"), "shop");
    EXPECT_EQ(value_of(up, "detach"), "true");
    EXPECT_THAT(up.invocation.operands, ElementsAre("web"));
    // Behind the command the same letter is the command's.
    EXPECT_EQ(value_of(parse("compose logs -f web"), "follow"), "true");
    EXPECT_THROW(parse("compose up --profile x"), Error);
}

TEST(Parser, StopsAtTheImageOfRun)
{
    const ParsedLine parsed = parse("run --rm image ls --all -l");

    EXPECT_THAT(parsed.invocation.operands, ElementsAre("image", "ls", "--all", "-l"));
}

TEST(Parser, TakesOptionsBehindOperandsElsewhere)
{
    const ParsedLine parsed = parse("stop web --time 3 db");

    EXPECT_THAT(parsed.invocation.operands, ElementsAre("web", "db"));
    EXPECT_EQ(value_of(parsed, "time"), "3");
}

TEST(Parser, EndsOptionsAtTwoDashes)
{
    EXPECT_THAT(parse("rm -f -- -odd --name").invocation.operands, ElementsAre("-odd", "--name"));
    EXPECT_THAT(parse("import - name").invocation.operands, ElementsAre("-", "name"));
}

TEST(Parser, KnowsOlderSpellings)
{
    EXPECT_EQ(value_of(parse("run --net host image"), "network"), "host");
    EXPECT_EQ(value_of(parse("stop --timeout 3 web"), "time"), "3");
    EXPECT_EQ(value_of(parse("run --healthcheck-interval 3s image"), "health-interval"), "3s");
}

TEST(Parser, FindsCommandsByAllTheirPaths)
{
    EXPECT_EQ(parse("container ls").invocation.command, parse("ps").invocation.command);
    EXPECT_EQ(parse("umount -a").invocation.command, parse("container unmount -a").invocation.command);
    EXPECT_EQ(parse("container ls").invocation.path, "skiff container ls");
}

TEST(Parser, TakesGlobalOptionsBeforeAndAmongTheCommandsOwn)
{
    EXPECT_EQ(parse("--root /a ps").invocation.global.root, "/a");
    EXPECT_EQ(parse("ps --root=/a").invocation.global.root, "/a");
    EXPECT_THAT(parse("--storage-opt a=1 --storage-opt b=2,3 ps").invocation.global.storage_options,
                ElementsAre("a=1", "b=2,3"));
}

TEST(Parser, SaysWhatIsWrongInThePodmansWords)
{
    struct Case
    {
        const char* line;
        const char* error;
    };
    const Case cases[] = {
        {"run --nope image", "unknown flag: --nope\nSee 'skiff run --help'"},
        {"container run --nope=1 image", "unknown flag: --nope\nSee 'skiff container run --help'"},
        {"version -d", "unknown shorthand flag: 'd' in -d\nSee 'skiff version --help'"},
        {"ps -aqd", "unknown shorthand flag: 'd' in -d\nSee 'skiff ps --help'"},
        {"run --name", "flag needs an argument: --name\nSee 'skiff run --help'"},
        {"run -h", "flag needs an argument: 'h' in -h\nSee 'skiff run --help'"},
        {"run --=x image", "bad flag syntax: --=x\nSee 'skiff run --help'"},
        {"nope", "unrecognized command `skiff nope`\nTry 'skiff --help' for more information"},
        {"image nope", "unrecognized command `skiff image nope`\nTry 'skiff image --help' for more information"},
        {"bad --invalid", "unknown flag: --invalid\nSee 'skiff --help'"},
        {"version --remote", "unknown flag: --remote\nSee 'skiff version --help'"},
        {"run", "requires at least 1 arg(s), only received 0"},
        {"rename a", "accepts 2 arg(s), received 1"},
        {"port a b c", "accepts at most 2 arg(s), received 3"},
        {"import", "accepts between 1 and 2 arg(s), received 0"},
        {"info x", "`skiff info` takes no arguments"},
        {"run --pod x image", "--pod is not supported: pods are not built yet"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.line);
        EXPECT_EQ(error_of([&] { parse(c.line); }), c.error);
    }
}

TEST(Parser, SaysWhyACommandIsNotThereWhateverStandsBehindIt)
{
    EXPECT_THAT(error_of([] { parse("farm build --no-such-option ."); }), HasSubstr("`skiff farm build` is not supported: "));
    EXPECT_EQ(parse("farm build --help").wants, ParsedLine::Wants::Help);
}

TEST(Parser, MeansTheNearestWord)
{
    const auto hint_of = [](const std::string& line) {
        try {
            parse(line);
        } catch (const Error& error) {
            return error.hint();
        }
        return std::string{"nothing was thrown"};
    };
    EXPECT_EQ(hint_of("rnu"), "did you mean 'skiff run'?");
    EXPECT_EQ(hint_of("image prnue"), "did you mean 'skiff image prune'?");
    EXPECT_EQ(hint_of("run --publsih 80 x"), "did you mean --publish?");
    EXPECT_EQ(hint_of("run --xyzzy x"), "");
}

TEST(Parser, LeadsToHelpAndVersion)
{
    EXPECT_EQ(parse("--help").wants, ParsedLine::Wants::Help);
    EXPECT_EQ(parse("help").wants, ParsedLine::Wants::Help);
    EXPECT_EQ(parse("help container ls").invocation.command, find_command("ps"));
    EXPECT_EQ(parse("stop -h").wants, ParsedLine::Wants::Help);
    EXPECT_EQ(parse("-v").wants, ParsedLine::Wants::Version);
    EXPECT_EQ(parse("").wants, ParsedLine::Wants::MissingCommand);
    EXPECT_EQ(parse("image").wants, ParsedLine::Wants::MissingCommand);
}

} // namespace
} // namespace skiff::cli
