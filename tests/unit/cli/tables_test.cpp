// Holds the tables against Podman's command line: a script that works there finds the same words here, or a reason.

#include "cli/commands.hpp"
#include "cli/parser.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace skiff::cli {
namespace {

struct KnownOption
{
    std::string command, name, letter, kind;
    bool repeatable, commas;
    std::string tier, older, default_text;
};

struct KnownCommand
{
    std::string name, tier, aliases;
    bool group;
    std::vector<KnownOption> options;
};

std::vector<KnownCommand> load_known()
{
    std::vector<KnownCommand> commands;
    for (const std::string& line : split_at(read_file(AT_FDCWD, SKIFF_TEST_DATA "/podman_command_line.tsv"), '\n')) {
        const std::vector<std::string> field = split_at(line, '\t');
        if (field[0] == "command")
            commands.push_back({field[1], field[2], field[3], field[4] == "group", {}});
        else if (field[0] == "option")
            commands.back().options.push_back({field[1], field[2], field[3], field[4], field[5] == "1", field[6] == "1",
                                               field[7], field[8], field[9]});
    }
    return commands;
}

const Option* find_in(const std::vector<PlacedOption>& options, std::string_view name)
{
    for (const PlacedOption& placed : options)
        if (placed.option->name == name || placed.option->older[0] == name || placed.option->older[1] == name)
            return placed.option;
    return nullptr;
}

bool takes_value(const KnownOption& option) { return option.kind != "bool"; }

TEST(Tables, HaveEveryCommandOfPodmanOrAReason)
{
    for (const KnownCommand& known : load_known()) {
        SCOPED_TRACE(known.name);
        if (known.name == "(global)")
            continue;
        if (known.group) {
            EXPECT_TRUE(find_command_group(known.name) != nullptr || find_command(known.name) != nullptr);
            continue;
        }
        const Command* command = find_command(known.name);
        if (command == nullptr && find_command_group(known.name) != nullptr)
            continue; // `compose` hands its words to another program in Podman; here they are commands
        EXPECT_NE(command, nullptr);
        for (const std::string& alias : split_commas(known.aliases))
            EXPECT_EQ(find_command(alias), command) << alias;
    }
}

TEST(Tables, HaveEveryOptionOfPodmanOrAReason)
{
    for (const KnownCommand& known : load_known()) {
        const Command* command = find_command(known.name);
        if (command == nullptr || !command->refused.empty())
            continue;
        const auto options = list_options(*command);
        for (const KnownOption& option : known.options) {
            SCOPED_TRACE(known.name + " --" + option.name);
            if (option.name == "help")
                continue;
            const Option* ours = find_in(options, option.name);
            if (ours == nullptr) {
                ADD_FAILURE() << "missing (tier " << option.tier << ")";
                continue;
            }
            EXPECT_EQ(ours->takes_value(), takes_value(option));
            const bool taken = known.name == "rm" && option.name == "filter"; // -f is --force; their manual says both
            EXPECT_EQ(ours->letter == 0 ? "" : std::string(1, ours->letter), taken ? "" : option.letter);
            if (ours->availability != Availability::Offered) {
                EXPECT_FALSE(ours->reason.empty());
                continue;
            }
            // One for each --subnet, says the manual; the table has the word of another page. --link-local-ip is a list in Docker,
            // and without effect in Podman.
            const bool several = (known.name == "network create" && option.name == "gateway") || option.name == "link-local-ip";
            EXPECT_EQ(ours->repeatable, option.repeatable || several) << "repeatable";
            EXPECT_EQ(ours->commas, option.commas) << "commas";
            if (!option.older.empty()) {
                EXPECT_EQ(find_in(options, option.older), ours) << option.older;
            }
            if (ours->takes_value() && !option.default_text.empty() && !option.default_text.starts_with("{{")) {
                EXPECT_TRUE(ours->default_text == option.default_text ||
                            ours->help.find("(default") != std::string_view::npos)
                    << "ours: " << ours->default_text << " theirs: " << option.default_text;
            }
            if (!ours->takes_value() && option.default_text == "true") {
                EXPECT_TRUE(ours->default_text == "true" || ours->help.find("default true") != std::string_view::npos);
            }
            const std::map<std::string, ValueKind> numeric{
                {"int", ValueKind::Int}, {"uint", ValueKind::Uint}, {"float", ValueKind::Float}};
            if (const auto kind = numeric.find(option.kind); kind != numeric.end()) {
                EXPECT_EQ(ours->kind, kind->second) << "kind";
            }
        }
    }
}

TEST(Tables, HaveTheGlobalOptionsOfPodman)
{
    for (const KnownCommand& known : load_known()) {
        if (known.name != "(global)")
            continue;
        for (const KnownOption& option : known.options) {
            SCOPED_TRACE(option.name);
            if (option.name == "help")
                continue;
            const Option* ours = nullptr;
            for (const Option& candidate : global_options.options)
                if (candidate.name == option.name)
                    ours = &candidate;
            ASSERT_NE(ours, nullptr);
            EXPECT_EQ(ours->takes_value(), takes_value(option));
            EXPECT_EQ(ours->letter == 0 ? "" : std::string(1, ours->letter), option.letter);
        }
    }
}

TEST(Tables, NameNothingTwice)
{
    std::set<std::string> paths;
    for (const Command* command : list_commands()) {
        for (const std::string_view path : command->paths) {
            if (!path.empty()) {
                EXPECT_TRUE(paths.insert(std::string{path}).second) << path;
                EXPECT_EQ(find_command_group(path), nullptr) << path;
            }
        }
        std::set<std::string> names;
        std::set<char> letters;
        for (const PlacedOption& placed : list_options(*command)) {
            SCOPED_TRACE(std::string{command->paths[0]} + " --" + std::string{placed.option->name});
            EXPECT_TRUE(names.insert(std::string{placed.option->name}).second);
            for (const std::string_view older : placed.option->older) {
                if (!older.empty()) {
                    EXPECT_TRUE(names.insert(std::string{older}).second) << older;
                }
            }
            if (placed.option->letter != 0) {
                EXPECT_TRUE(letters.insert(placed.option->letter).second) << placed.option->letter;
            }
        }
    }
}

TEST(Tables, SayWhatPeopleNeedToKnow)
{
    for (const Command* command : list_commands()) {
        SCOPED_TRACE(command->paths[0]);
        EXPECT_FALSE(command->summary.empty());
        EXPECT_FALSE(command->summary.ends_with('.'));
        EXPECT_TRUE(command->refused.empty() ? command->body != nullptr : command->body == nullptr);
        for (const PlacedOption& placed : list_options(*command)) {
            const Option& option = *placed.option;
            SCOPED_TRACE(option.name);
            EXPECT_FALSE(option.help.empty());
            EXPECT_TRUE(!option.help.ends_with('.') || option.help.ends_with(" ..."));
            EXPECT_EQ(option.takes_value(), !option.label.empty());
            EXPECT_EQ(option.store != nullptr, option.availability == Availability::Offered);
            EXPECT_EQ(option.reason.empty(), option.availability == Availability::Offered);
            if (option.closed && !option.default_text.empty()) {
                EXPECT_NE(option.choices.find(option.default_text), std::string_view::npos);
            }
        }
    }
}

TEST(Tables, FindCommandsThatStandInGroups)
{
    for (const Command* command : list_commands())
        for (const std::string_view path : command->paths) {
            const std::size_t space = path.rfind(' ');
            if (space != std::string_view::npos && !path.starts_with("buildx") && !path.starts_with("builder")) {
                EXPECT_NE(find_command_group(path.substr(0, space)), nullptr) << path;
            }
        }
}

} // namespace
} // namespace skiff::cli
