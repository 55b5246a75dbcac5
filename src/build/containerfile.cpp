#include "build/containerfile.hpp"
#include "text/ascii_case.hpp"

#include "base/error.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace skiff::build {
namespace {

void add(Containerfile& file, Instruction instruction)
{
    if (const auto* from = std::get_if<FromInstruction>(&instruction.body)) {
        std::string name = from->stage;
        file.stages.push_back({file.stages.size(), std::move(name), std::move(instruction), {}});
        return;
    }
    if (!file.stages.empty()) {
        file.stages.back().instructions.push_back(std::move(instruction));
        return;
    }
    if (!std::holds_alternative<ArgInstruction>(instruction.body))
        fail_at(instruction.place, "no build stage in current context", "only ARG may stand before the first FROM");
    file.global_args.push_back(std::move(instruction));
}

} // namespace

std::string Stage::label() const { return name.empty() ? std::to_string(index) : name; }

Containerfile parse_containerfile(std::span<const NamedText> texts)
{
    Containerfile file;
    bool is_first = true;
    for (const NamedText& text : texts) {
        const SourceText source = read_source_text(text.text, text.file);
        if (std::exchange(is_first, false))
            file.directives = source.directives;
        for (const SourceInstruction& instruction : source.instructions)
            add(file, parse_instruction(instruction, source.directives.escape));
    }
    const std::string name = texts.empty() ? "Containerfile" : texts.front().file;
    if (file.stages.empty() && file.global_args.empty())
        throw Error{ErrorKind::Failure, cat(name, ": file with no instructions")};
    if (file.stages.empty())
        throw Error{ErrorKind::Failure, cat(name, ": no FROM statement found")};
    return file;
}

std::optional<std::size_t> find_stage(const Containerfile& file, std::string_view name, std::size_t before)
{
    const std::string wanted = text::ascii_lower(name);
    for (std::size_t i = std::min(before, file.stages.size()); i-- > 0;)
        if (!wanted.empty() && file.stages[i].name == wanted)
            return i;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && end == name.data() + name.size() && number < before && number < file.stages.size())
        return number;
    return std::nullopt;
}

std::size_t target_stage(const Containerfile& file, std::string_view target)
{
    if (target.empty())
        return file.stages.size() - 1;
    if (const std::optional<std::size_t> found = find_stage(file, target, file.stages.size()))
        return *found;
    std::vector<std::string> names;
    for (const Stage& stage : file.stages)
        if (!stage.name.empty())
            names.push_back(stage.name);
    Error error{ErrorKind::NotFound, cat("target stage ", quoted(target), " could not be found")};
    if (const std::optional<std::string> nearest = text::find_nearest(target, names))
        error.add_hint(cat("did you mean ", quoted(*nearest), "?"));
    else if (names.empty())
        error.add_hint("no stage of the file has a name; give one with FROM IMAGE AS NAME");
    throw error;
}

} // namespace skiff::build
