#include "cli/help.hpp"

#include "cli/commands.hpp"
#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Help, HasPodmansLayout)
{
    const std::string help = make_help(parse("stop --help"));

    EXPECT_THAT(help, StartsWith("Stop one or more containers\n\nDescription:\n  "));
    EXPECT_THAT(help, HasSubstr("\nUsage:\n  skiff stop [options] CONTAINER [CONTAINER...]\n"));
    EXPECT_THAT(help, HasSubstr("\nExamples:\n  skiff stop web\n"));
    EXPECT_THAT(help, HasSubstr("\nOptions:\n"));
    EXPECT_THAT(help, HasSubstr("  -t, --time SECONDS"));
    EXPECT_THAT(help, HasSubstr("  -h, --help"));
}

TEST(Help, LeavesTheHostNameItsLetter)
{
    const std::string help = make_help(parse("run --help"));

    EXPECT_THAT(help, HasSubstr("  -h, --hostname"));
    EXPECT_THAT(help, HasSubstr("      --help"));
    EXPECT_THAT(help, Not(HasSubstr("--cpu-rt-runtime"))) << "refused";
}

TEST(Help, ListsTheMembersOfGroups)
{
    EXPECT_THAT(make_help(parse("image --help")),
                HasSubstr("\nUsage:\n  skiff image [command]\n\nAvailable Commands:\n"));
    EXPECT_THAT(make_help(parse("--help")), StartsWith("Manage pods, containers and images\n"));
}

/// What podman's own test of its help asks of every command.
TEST(Help, HasUsageLinesThatScriptsCanRead)
{
    for (const Command* command : list_commands()) {
        if (!command->refused.empty() || command->hidden)
            continue;
        const std::string_view usage = command->operands.usage;
        SCOPED_TRACE(usage);
        EXPECT_EQ(usage.find_first_of("abcdefghijklmnopqrstuvwxyz"), std::string_view::npos);
        EXPECT_EQ(usage.empty(), command->operands.most == 0);
        // What is optional stands behind what is not.
        const std::size_t closing = usage.find("] ");
        EXPECT_TRUE(closing == std::string_view::npos || usage[closing + 2] == '[');
    }
}

} // namespace
} // namespace skiff::cli
