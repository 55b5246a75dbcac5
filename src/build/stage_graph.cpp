#include "build/stage_graph.hpp"

#include "base/error.hpp"
#include "build/run_mount.hpp"
#include "text/ascii_case.hpp"

namespace skiff::build {
namespace {

void add_stage(const Containerfile& file, std::size_t before, const std::string& name, std::set<std::size_t>& stages)
{
    if (const auto found = find_stage(file, name, before))
        stages.insert(*found);
}

void add_inputs(const Containerfile& file, const Stage& stage, std::set<std::size_t>& stages)
{
    for (const Instruction& instruction : stage.instructions) {
        if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body))
            add_stage(file, stage.index, copy->from, stages);
        if (const auto* run = std::get_if<RunInstruction>(&instruction.body))
            for (const std::string& mount : run->mounts) {
                try {
                    add_stage(file, stage.index, parse_run_mount(mount).from, stages);
                } catch (const Error&) { // the step will say so, with its place
                }
            }
    }
}

} // namespace

std::vector<StageNeeds> stage_needs(const Containerfile& file, const GlobalArgs& args)
{
    std::vector<StageNeeds> all;
    for (const Stage& stage : file.stages) {
        StageNeeds needs;
        Expansion expansion = args.from_line();
        needs.base_name = while_doing(cat(stage.from.place.file, ":", stage.from.place.line, ": FROM"),
                                      [&] { return expand_word(stage.base().image, expansion); });
        if (needs.base_name.empty()) {
            std::string hint;
            if (!expansion.undefined.empty())
                hint = cat("ARG ", *expansion.undefined.begin(), " needs a value: before the first FROM, or with --build-arg");
            fail_at(stage.from.place, cat("base name (", stage.base().image, ") should not be blank"), hint);
        }
        needs.base = find_stage(file, needs.base_name, stage.index);
        if (needs.base && file.stages[*needs.base].name != text::ascii_lower(needs.base_name))
            needs.base.reset(); // FROM takes names only: "1" is an image
        if (needs.base)
            needs.stages.insert(*needs.base);
        add_inputs(file, stage, needs.stages);
        all.push_back(std::move(needs));
    }
    return all;
}

std::set<std::size_t> needed_stages(const std::vector<StageNeeds>& needs, std::size_t target)
{
    std::set<std::size_t> needed;
    std::vector<std::size_t> open{target};
    while (!open.empty()) {
        const std::size_t stage = open.back();
        open.pop_back();
        if (needed.insert(stage).second)
            open.insert(open.end(), needs[stage].stages.begin(), needs[stage].stages.end());
    }
    return needed;
}

} // namespace skiff::build
