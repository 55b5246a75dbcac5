// `build --call`: what a Containerfile offers, without building it.

#include "base/cat.hpp"
#include "build/run_mount.hpp"
#include "build/stage_graph.hpp"
#include "cli/commands/build.hpp"
#include "cli/output.hpp"
#include "text/table.hpp"

#include <map>
#include <set>

namespace skiff::cli {
namespace {

/// What instructions ask of the caller, in order of first mention.
class Outline
{
  public:
    explicit Outline(const engine::BuildRequest& request) : given_{request.args.given} {}

    void add(const std::vector<build::Instruction>& instructions)
    {
        for (const build::Instruction& instruction : instructions) {
            if (const auto* arg = std::get_if<build::ArgInstruction>(&instruction.body))
                for (const build::DeclaredArg& each : arg->args)
                    add_argument(each);
            else if (const auto* run = std::get_if<build::RunInstruction>(&instruction.body))
                for (const std::string& mount : run->mounts)
                    add_mount(mount);
        }
    }

    [[nodiscard]] std::string text() const
    {
        std::string text;
        for (const text::Table* table : {&arguments_, &secrets_, &agents_})
            if (!table->empty())
                text += cat("\n", table->text());
        return text;
    }

  private:
    void add_argument(const build::DeclaredArg& arg)
    {
        const auto given = given_.find(arg.name);
        if (known_.insert(cat("ARG ", arg.name)).second)
            arguments_.add_row({arg.name, given != given_.end() ? given->second : arg.value.value_or("")});
    }

    void add_mount(const std::string& words)
    {
        if (words.find('$') != std::string::npos) // known when it is built
            return;
        const build::RunMount mount = build::parse_run_mount(words);
        const bool is_secret = mount.type == build::RunMountType::Secret;
        if ((is_secret || mount.type == build::RunMountType::Ssh) && known_.insert(cat(is_secret ? "secret " : "agent ", mount.id)).second)
            (is_secret ? secrets_ : agents_).add_row({mount.id, mount.required ? "yes" : ""});
    }

    const build::Values& given_;
    std::set<std::string> known_;
    text::Table arguments_{{"BUILD ARG", "VALUE"}}, secrets_{{"SECRET", "REQUIRED"}}, agents_{{"SSH", "REQUIRED"}};
};

} // namespace

void print_targets(const engine::BuildRequest& request)
{
    const std::size_t target = build::target_stage(request.file, request.target);
    text::Table table{{"TARGET", "FROM"}};
    for (const build::Stage& stage : request.file.stages)
        table.add_row({cat(stage.label(), stage.index == target ? " (default)" : ""), stage.base().image});
    print(table.text());
}

void print_outline(const engine::BuildRequest& request)
{
    const std::size_t target = build::target_stage(request.file, request.target);
    const build::GlobalArgs args{request.args, request.file};
    Outline outline{request};
    outline.add(request.file.global_args);
    for (const std::size_t stage : build::needed_stages(build::stage_needs(request.file, args), target))
        outline.add(request.file.stages[stage].instructions);
    print(cat("TARGET: ", request.file.stages[target].label(), "\n", outline.text()));
}

} // namespace skiff::cli
