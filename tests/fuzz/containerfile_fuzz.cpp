#include "base/error.hpp"
#include "build/containerfile.hpp"
#include "build/expand.hpp"
#include "build/lint.hpp"
#include "build/mode_change.hpp"
#include "build/run_mount.hpp"
#include "build/step.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::build;

namespace {

template <typename Work>
void tolerate(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        require(!error.message().empty());
    }
}

void expand(const std::string& text)
{
    Expansion expansion;
    expansion.find = [](std::string_view name) { return name.size() % 2 == 0 ? std::optional<std::string>{"a value/of.some kind"} : std::nullopt; };
    tolerate([&] { expand_word(text, expansion); });
    tolerate([&] { expand_words(text, expansion); });
    tolerate([&] { expand_heredoc(text, expansion); });
}

/// What an engine does with each line, and what --check says about the file.
void work_through(const Containerfile& file)
{
    const oci::Platform host{"linux", "amd64", "", "", {}};
    const BuildArgs given{{{"V", "1"}, {"EMPTY", ""}}, platform_args(host, host), {}};
    tolerate([&] {
        GlobalArgs args{given, file};
        for (const Stage& stage : file.stages) {
            tolerate([&] {
                Expansion from = args.from_line();
                expand_words(stage.base().image, from);
            });
            StageState state;
            for (const Instruction& instruction : stage.instructions)
                tolerate([&] {
                    const Step step = make_step(instruction, state, args, file.directives.escape);
                    require(!step.text.empty());
                    if (const auto* copy = std::get_if<CopyStep>(&step.action)) {
                        require(copy->destination.starts_with('/'));
                        tolerate([&] { require(ModeChange::parse(copy->chmod).apply(0644, false) <= 07777); });
                    }
                });
            tolerate([&] { on_build_instructions(state.image.config, stage.from.place); });
        }
    });
    tolerate([&] {
        const IgnoreRules nothing;
        for (const Finding& finding : lint({file, given, nothing, [](const Stage&) { return std::vector<std::string>{"PATH=/bin"}; }}))
            require(!finding.rule.empty() && !finding.message.empty());
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const NamedText texts[] = {{"f", {reinterpret_cast<const char*>(data), size}}};
    tolerate([&] {
        const Containerfile file = parse_containerfile(texts);
        for (const Stage& stage : file.stages) {
            require(stage.index < file.stages.size());
            for (const Instruction& instruction : stage.instructions) {
                require(instruction.place.line >= 1 && instruction.place.last_line >= instruction.place.line);
                expand(instruction.text);
                if (const auto* run = std::get_if<RunInstruction>(&instruction.body))
                    for (const std::string& mount : run->mounts)
                        tolerate([&] { parse_run_mount(mount); });
            }
        }
        work_through(file);
    });
    return 0;
}
