#include "base/error.hpp"
#include "build/containerfile.hpp"
#include "build/expand.hpp"
#include "build/run_mount.hpp"

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
    });
    return 0;
}
