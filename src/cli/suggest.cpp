#include "cli/suggest.hpp"

#include "base/cat.hpp"
#include "cli/commands.hpp"
#include "cli/parser.hpp"
#include "text/suggest.hpp"

namespace skiff::cli {

std::string suggest_command(std::string_view group, std::string_view word, std::string_view path)
{
    std::vector<std::string> candidates;
    for (const Member& member : list_members(group))
        candidates.emplace_back(member.word);
    if (const auto near = text::find_nearest(word, candidates))
        return cat("did you mean '", path, " ", *near, "'?");
    return {};
}

std::string suggest_option(const Command* command, std::string_view name)
{
    std::vector<std::string> candidates;
    const auto add = [&](const Option& option) {
        if (!option.hidden && option.availability != Availability::Refused)
            candidates.emplace_back(option.name);
    };
    if (command != nullptr)
        for (const PlacedOption& placed : list_options(*command))
            add(*placed.option);
    for (const Option& option : global_options.options)
        add(option);
    if (const auto near = text::find_nearest(name, candidates))
        return cat("did you mean --", *near, "?");
    return {};
}

} // namespace skiff::cli
