#pragma once

#include "build/instruction.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A Containerfile (or Dockerfile) as stages.
namespace skiff::build {

/// From one FROM to the next.
struct Stage
{
    std::size_t index = 0;
    std::string name; ///< in small letters; empty without AS
    Instruction from; ///< its body is a FromInstruction
    std::vector<Instruction> instructions;

    [[nodiscard]] const FromInstruction& base() const { return std::get<FromInstruction>(from.body); }
    /// The name, or the number.
    [[nodiscard]] std::string label() const;
};

struct Containerfile
{
    Directives directives; ///< of the first file
    std::vector<Instruction> global_args; ///< the ARGs before the first FROM
    std::vector<Stage> stages;
};

struct NamedText
{
    std::string file;
    std::string text;
};

/// Several texts are one file, one after the other. Throws as read_source_text and parse_instruction do; a file without
/// instructions, and instructions before the first FROM, are errors too.
Containerfile parse_containerfile(std::span<const NamedText> texts);

/// The stage that `name` (in any case) or number means, among those before `before`; the last of equal names.
std::optional<std::size_t> find_stage(const Containerfile& file, std::string_view name, std::size_t before);

/// The stage to build: the last, or `target`. Throws Error(NotFound) with the names there are.
std::size_t target_stage(const Containerfile& file, std::string_view target);

} // namespace skiff::build
