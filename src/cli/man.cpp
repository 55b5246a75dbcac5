#include "cli/man.hpp"

#include "base/cat.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/parser.hpp"
#include "cli/roff.hpp"
#include "cli/build_info.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

std::string upper(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

std::string heading(const std::string& name)
{
    return cat(".TH ", upper(name), " 1 \"\" \"skiff ", program_version, "\" \"User Commands\"\n");
}

/// The prose in two parts: its DESCRIPTION, and the sections behind it.
struct Prose
{
    std::string description;
    std::string rest;
};

Prose split_prose(std::string_view markdown)
{
    constexpr std::string_view title = "## DESCRIPTION\n";
    if (!markdown.starts_with(title))
        return {"", std::string{markdown}};
    const std::size_t next = markdown.find("\n## ", title.size());
    if (next == std::string_view::npos)
        return {std::string{markdown.substr(title.size())}, ""};
    return {std::string{markdown.substr(title.size(), next - title.size())}, std::string{markdown.substr(next + 1)}};
}

std::string describe_option(const Option& option)
{
    std::string names = option.letter != 0 ? cat("\\fB\\-", option.letter, "\\fR, ") : std::string{};
    names += cat("\\fB\\-\\-", roff_escaped(option.name), "\\fR");
    if (option.takes_value())
        names += cat(" \\fI", roff_escaped(option.label), "\\fR");
    const std::string help = make_option_help(option);
    return cat(".TP\n", names, "\n", roff_escaped(help), help.ends_with('.') ? "\n" : ".\n");
}

std::string describe_options(std::vector<const Option*> options)
{
    std::erase_if(options,
                  [](const Option* option) { return option->hidden || option->availability == Availability::Refused; });
    std::sort(options.begin(), options.end(), [](const Option* a, const Option* b) { return a->name < b->name; });
    std::string out;
    for (const Option* option : options)
        out += describe_option(*option);
    return out;
}

std::string options_section(const Command& command)
{
    std::vector<const Option*> own;
    for (const PlacedOption& placed : list_options(command))
        if (placed.group == nullptr || placed.group->title.empty())
            own.push_back(placed.option);
    std::string out = describe_options(own);
    for (const UsedGroup& used : command.groups) {
        std::vector<const Option*> members;
        for (const Option& option : used.group->options)
            members.push_back(&option);
        if (!used.group->title.empty())
            out += cat(".SS ", used.group->title, " options\n", describe_options(members));
    }
    return out.empty() ? out : cat(".SH OPTIONS\n", out);
}

std::string refused_section(const Command& command)
{
    std::string out;
    for (const PlacedOption& placed : list_options(command))
        if (!placed.option->hidden && placed.option->availability == Availability::Refused)
            out += cat(".TP\n\\fB\\-\\-", roff_escaped(placed.option->name), "\\fR\n",
                       roff_escaped(placed.option->reason), ".\n");
    return out.empty() ? out : cat(".SH NOT SUPPORTED\nThese options of Podman are refused:\n", out);
}

std::string examples_section(const Command& command)
{
    if (command.examples.empty())
        return {};
    std::string out = ".SH EXAMPLES\n";
    for (const std::string& line : split_at(command.examples, '\n'))
        out += cat(".PP\n.RS 4\n.EX\n$ ", roff_escaped(make_example(line, "skiff")), "\n.EE\n.RE\n");
    return out;
}

std::string synopsis_section(const Command& command)
{
    std::string out = ".SH SYNOPSIS\n";
    bool first = true;
    for (const std::string_view path : command.paths) {
        if (path.empty())
            continue;
        out += cat(first ? "" : ".br\n", "\\fBskiff ", roff_escaped(path), "\\fR [\\fIoptions\\fR]",
                   command.operands.usage.empty() ? "" : " ", roff_escaped(command.operands.usage), "\n");
        first = false;
    }
    return out;
}

std::string page_name_of(std::string_view path)
{
    std::string name = cat("skiff-", path);
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string page_entry(const std::string& name, std::string_view summary)
{
    return cat(".TP\n\\fB", roff_escaped(name), "\\fR(1)\n", roff_escaped(summary), ".\n");
}

/// The commands and groups below a group, as their pages are called: an alias has the page of its command.
std::string members_section(const CommandGroup& group)
{
    std::string out = ".SH COMMANDS\n";
    for (const Member& member : list_members(group.path)) {
        const std::string path = cat(group.path, " ", member.word);
        const Command* command = find_command(path);
        out += page_entry(command != nullptr ? man_page_name(*command) : page_name_of(path), member.summary);
    }
    return out;
}

std::string see_also_section(const Command& command)
{
    const std::string_view path = command.paths[0];
    const std::size_t end = path.rfind(' ');
    const std::string group = end == std::string_view::npos ? std::string{} : cat("\\fB", roff_escaped(page_name_of(path.substr(0, end))), "\\fR(1), ");
    return cat(".SH SEE ALSO\n", group, "\\fBskiff\\fR(1)\n");
}

} // namespace

std::string man_page_name(const Command& command) { return page_name_of(command.paths[0]); }
std::string man_page_name(const CommandGroup& group) { return page_name_of(group.path); }

std::vector<const Command*> list_documented_commands()
{
    std::vector<const Command*> documented;
    for (const Command* command : list_commands())
        if (command->refused.empty() && !command->hidden)
            documented.push_back(command);
    std::sort(documented.begin(), documented.end(),
              [](const Command* a, const Command* b) { return man_page_name(*a) < man_page_name(*b); });
    return documented;
}

std::string make_man_page(const Command& command, std::string_view prose)
{
    const std::string name = man_page_name(command);
    const Prose parts = split_prose(prose);
    const std::string_view short_text = command.description.empty() ? command.summary : command.description;
    const std::string description = !parts.description.empty()
                                        ? roff_from_markdown(parts.description)
                                        : cat(roff_escaped(short_text), short_text.ends_with('.') ? "\n" : ".\n");
    return cat(heading(name), ".SH NAME\n", roff_escaped(name), " \\- ", roff_escaped(command.summary), "\n",
               synopsis_section(command), ".SH DESCRIPTION\n", description, options_section(command),
               roff_from_markdown(parts.rest), refused_section(command), examples_section(command),
               see_also_section(command));
}

std::vector<const CommandGroup*> list_documented_groups()
{
    std::vector<const CommandGroup*> documented;
    for (const CommandGroup& group : list_command_groups())
        if (!list_members(group.path).empty())
            documented.push_back(&group);
    return documented;
}

std::string make_man_page(const CommandGroup& group, std::string_view prose)
{
    const std::string name = man_page_name(group);
    const Prose parts = split_prose(prose);
    std::vector<const Option*> options;
    for (const Option& option : group.options == nullptr ? std::span<const Option>{} : group.options->options)
        options.push_back(&option);
    return cat(heading(name), ".SH NAME\n", roff_escaped(name), " \\- ", roff_escaped(group.summary), "\n.SH SYNOPSIS\n\\fBskiff ",
               roff_escaped(group.path), options.empty() ? "\\fR" : "\\fR [\\fIoptions\\fR]", " \\fIcommand\\fR\n.SH DESCRIPTION\n",
               parts.description.empty() ? cat(roff_escaped(group.summary), ".\n") : roff_from_markdown(parts.description),
               options.empty() ? "" : ".SH OPTIONS\n", describe_options(options), members_section(group), roff_from_markdown(parts.rest),
               ".SH SEE ALSO\n\\fBskiff\\fR(1)\n");
}

std::string make_main_man_page(std::string_view prose)
{
    const Prose parts = split_prose(prose);
    std::vector<const Option*> globals;
    for (const Option& option : global_options.options)
        globals.push_back(&option);
    std::string commands = ".SH COMMANDS\n";
    for (const Command* command : list_documented_commands())
        commands += page_entry(man_page_name(*command), command->summary);
    return cat(heading("skiff"), ".SH NAME\nskiff \\- Containers without root and without a daemon\n",
               ".SH SYNOPSIS\n\\fBskiff\\fR [\\fIoptions\\fR] \\fIcommand\\fR\n.SH DESCRIPTION\n",
               roff_from_markdown(parts.description), ".SH OPTIONS\n", describe_options(globals), commands,
               roff_from_markdown(parts.rest));
}

} // namespace skiff::cli
