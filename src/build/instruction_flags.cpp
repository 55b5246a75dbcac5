#include "build/instruction_flags.hpp"

#include "base/cat.hpp"
#include "text/suggest.hpp"

#include <algorithm>

namespace skiff::build {

InstructionFlags::InstructionFlags(const Place& place, std::string_view& text, char escape) : place_(place), flags_(take_flags(text, escape)) {}

std::vector<std::string> InstructionFlags::values(std::string_view name)
{
    known_.emplace_back(name);
    std::vector<std::string> found;
    for (const Flag& flag : flags_) {
        if (flag.name != name)
            continue;
        if (!flag.value)
            fail_at(place_, cat("missing a value on flag: ", name), cat("write --", name, "=VALUE"));
        found.push_back(*flag.value);
    }
    return found;
}

std::string InstructionFlags::value(std::string_view name)
{
    const std::vector<std::string> found = values(name);
    if (found.size() > 1)
        fail_at(place_, cat("duplicate flag specified: ", name));
    return found.empty() ? "" : found[0];
}

bool InstructionFlags::is_set(std::string_view name)
{
    return std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
}

std::optional<bool> InstructionFlags::boolean(std::string_view name)
{
    known_.emplace_back(name);
    std::optional<bool> found;
    for (const Flag& flag : flags_) {
        if (flag.name != name)
            continue;
        if (found)
            fail_at(place_, cat("duplicate flag specified: ", name));
        if (flag.value && *flag.value != "true" && *flag.value != "false")
            fail_at(place_, cat("expecting boolean value for flag ", name, ", not: ", *flag.value));
        found = flag.value != "false";
    }
    return found;
}

void InstructionFlags::refuse_rest(std::string_view keyword) const
{
    for (const Flag& flag : flags_) {
        if (std::find(known_.begin(), known_.end(), flag.name) != known_.end())
            continue;
        const std::optional<std::string> nearest = text::find_nearest(flag.name, known_);
        fail_at(place_, cat("unknown flag: --", flag.name),
                nearest           ? cat("did you mean --", *nearest, "?")
                : known_.empty() ? cat(keyword, " has no flags")
                                 : "");
    }
}

} // namespace skiff::build
