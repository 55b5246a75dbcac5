#include "cli/help.hpp"

#include "base/cat.hpp"
#include "cli/commands.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

constexpr std::size_t widest_title = 34; ///< longer ones have their help on the next line
constexpr std::size_t line_width = 110;

/// `text` in lines of at most `width`, each further one behind `indent` spaces.
std::string wrap(std::string_view text, std::size_t indent, std::size_t width)
{
    std::string out;
    std::size_t column = indent;
    for (const std::string& word : split_at(text, ' ')) {
        if (column > indent && column + 1 + word.size() > width) {
            out += cat("\n", std::string(indent, ' '));
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out;
}

bool is_shown(const Option& option) { return !option.hidden && option.availability != Availability::Refused; }

std::string list_of(std::vector<const Option*> options)
{
    std::sort(options.begin(), options.end(), [](const Option* a, const Option* b) { return a->name < b->name; });
    std::size_t width = 0;
    for (const Option* option : options)
        width = std::max(width, std::min(make_option_title(*option).size(), widest_title));
    std::string out;
    for (const Option* option : options) {
        const std::string title = make_option_title(*option);
        const std::string gap =
            title.size() > width ? cat("\n", std::string(width + 5, ' ')) : std::string(width + 3 - title.size(), ' ');
        out += cat("  ", title, gap, wrap(make_option_help(*option), width + 5, line_width), "\n");
    }
    return out;
}

std::string options_of(const Command& command)
{
    std::vector<const Option*> own;
    for (const PlacedOption& placed : list_options(command))
        if (is_shown(*placed.option) && (placed.group == nullptr || placed.group->title.empty()))
            own.push_back(placed.option);
    static constexpr Option help = [] {
        Option made;
        made.name = "help";
        made.help = "Show this help";
        made.kind = ValueKind::Bool;
        return made;
    }();
    static constexpr Option help_with_letter = [] {
        Option made = help;
        made.letter = 'h';
        return made;
    }();
    const auto all = list_options(command);
    const bool letter_is_free =
        std::none_of(all.begin(), all.end(), [](const PlacedOption& placed) { return placed.option->letter == 'h'; });
    own.push_back(letter_is_free ? &help_with_letter : &help);
    std::string out = cat("\nOptions:\n", list_of(own));
    for (const UsedGroup& used : command.groups) {
        std::vector<const Option*> members;
        for (const Option& option : used.group->options)
            if (is_shown(option))
                members.push_back(&option);
        if (!used.group->title.empty() && !members.empty())
            out += cat("\n", used.group->title, " options", used.group->before_command ? ", in front of the command" : "", ":\n",
                       list_of(members));
    }
    return out;
}

std::string examples_of(const Command& command, const std::string& program)
{
    if (command.examples.empty())
        return {};
    std::string out = "\nExamples:\n";
    for (const std::string& line : split_at(command.examples, '\n'))
        out += cat("  ", make_example(line, program), "\n");
    return out;
}

std::string aliases_of(const Command& command, const std::string& program)
{
    std::string out;
    for (const std::string_view path : command.paths)
        if (!path.empty())
            out += cat(out.empty() ? "" : ", ", program, " ", path);
    return command.paths[1].empty() ? std::string{} : cat("\nAliases:\n  ", out, "\n");
}

std::string command_help(const Invocation& invocation)
{
    const Command& command = *invocation.command;
    const std::string_view description = command.description.empty() ? command.summary : command.description;
    std::string out = cat(command.summary, "\n\nDescription:\n  ", wrap(description, 2, line_width), "\n\nUsage:\n  ",
                          make_usage(command, invocation.path), "\n");
    if (!command.refused.empty())
        return cat(out, "\nNot supported: ", command.refused, "\n");
    return cat(out, aliases_of(command, invocation.program), examples_of(command, invocation.program),
               options_of(command));
}

std::string members_help(std::string_view path)
{
    const std::vector<Member> members = list_members(path);
    std::size_t width = 0;
    for (const Member& member : members)
        width = std::max(width, member.word.size());
    std::string out = "\nAvailable Commands:\n";
    for (const Member& member : members)
        out += cat("  ", member.word, std::string(width + 3 - member.word.size(), ' '), member.summary, "\n");
    return out;
}

std::string group_options_help(const CommandGroup& group)
{
    if (group.options == nullptr)
        return {};
    std::vector<const Option*> options;
    for (const Option& option : group.options->options)
        if (is_shown(option))
            options.push_back(&option);
    return cat("\nOptions:\n", list_of(options));
}

std::string group_help(const Invocation& invocation)
{
    const std::string path = invocation.path.size() > invocation.program.size()
                                 ? invocation.path.substr(invocation.program.size() + 1)
                                 : std::string{};
    if (const CommandGroup* group = find_command_group(path); group != nullptr)
        return cat(group->summary, "\n\nDescription:\n  ", group->summary, "\n\nUsage:\n  ", invocation.path,
                   group->options == nullptr ? "" : " [options]", " [command]\n", members_help(path), group_options_help(*group));
    std::vector<const Option*> globals;
    for (const Option& option : global_options.options)
        if (is_shown(option))
            globals.push_back(&option);
    return cat("Manage pods, containers and images\n\nUsage:\n  ", invocation.program, " [options] [command]\n",
               members_help({}), "\nOptions:\n", list_of(globals), "\n'", invocation.program,
               " COMMAND --help' describes one command; the manual pages say more.\n");
}

} // namespace

std::string make_help(const ParsedLine& line)
{
    return line.invocation.command != nullptr ? command_help(line.invocation) : group_help(line.invocation);
}

std::string make_usage(const Command& command, const std::string& path)
{
    return cat(path, command.refused.empty() ? " [options]" : "", command.operands.usage.empty() ? "" : " ",
               command.operands.usage);
}

std::string make_example(std::string_view line, std::string_view program)
{
    const std::string_view word = line.substr(0, line.find(' '));
    const bool is_ours = find_command(word) != nullptr || find_command_group(word) != nullptr;
    return is_ours || word.starts_with('-') ? cat(program, " ", line) : std::string{line};
}

std::string make_option_title(const Option& option)
{
    return cat(option.letter != 0 ? cat("-", option.letter, ", ") : std::string{"    "}, "--", option.name,
               option.takes_value() ? " " : "", option.label);
}

std::string make_option_help(const Option& option)
{
    std::string text{option.help};
    if (option.closed)
        text += cat(" (", option.choices, ")");
    if (!option.default_text.empty())
        text += cat(" (default ", option.default_text, ")");
    if (option.availability != Availability::Offered)
        text += cat(": ", option.reason);
    return text;
}

} // namespace skiff::cli
