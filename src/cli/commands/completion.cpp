#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/complete.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/output.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

struct CompletionArgs
{
    std::vector<std::string> shells; ///< one
    std::vector<std::string> files;  ///< written instead of standard output
    bool no_descriptions = false;
};

int show_script(const Invocation& invocation, CompletionArgs& args)
{
    const std::string script = make_completion_script(args.shells[0], invocation.program, !args.no_descriptions);
    for (const std::string& path : args.files) {
        const UniqueFd file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        write_all(file.get(), script, path);
    }
    if (args.files.empty())
        print(script);
    return 0;
}

struct CompleteArgs
{
    std::vector<std::string> words;
};

enum class Describe
{
    No,
    Yes
};

/// The protocol of the Go library that Podman uses, so that scripts made for it work here: candidates, then ":" and a
/// sum.
int answer(const CompleteArgs& args, Describe describe)
{
    const Completion completion = complete(args.words, list_store_names);
    std::string out;
    for (const Candidate& candidate : completion.candidates)
        out += cat(candidate.word, describe == Describe::No || candidate.help.empty() ? "" : cat("\t", candidate.help),
                   "\n");
    int directive = completion.no_space ? 2 : 0;
    directive += completion.files == Completion::Files::None ? 4 : 0;
    directive += completion.files == Completion::Files::Directories ? 16 : 0;
    print(cat(out, ":", directive, "\n"));
    std::string names = completion.no_space ? "ShellCompDirectiveNoSpace" : "";
    if (completion.files == Completion::Files::None)
        names += cat(names.empty() ? "" : ", ", "ShellCompDirectiveNoFileComp");
    if (completion.files == Completion::Files::Directories)
        names += cat(names.empty() ? "" : ", ", "ShellCompDirectiveFilterDirs");
    write_all(STDERR_FILENO,
              cat("Completion ended with directive: ", names.empty() ? "ShellCompDirectiveDefault" : names, "\n"),
              "standard error");
    return 0;
}

int answer_with_help(const Invocation&, CompleteArgs& args) { return answer(args, Describe::Yes); }
int answer_without_help(const Invocation&, CompleteArgs& args) { return answer(args, Describe::No); }

constexpr Option completion_options[] = {
    option<&CompletionArgs::files>("file", 'f', "FILE", "Write the script to this file")
        .comma_separated()
        .completes(Completes::Files),
    option<&CompletionArgs::no_descriptions>("no-desc", 0, "", "Candidates without their descriptions"),
};

constexpr Operands partial_line = [] {
    Operands made = operands<&CompleteArgs::words>("WORD...", 0, Operands::many);
    made.all_words = true;
    return made;
}();

constexpr Command commands[] = {
    {
        .paths = {"completion"},
        .summary = "Make a completion script for a shell",
        .description = "Prints the script that makes bash, zsh or fish complete commands, options and names.",
        .examples = "completion bash > ~/.local/share/bash-completion/completions/skiff",
        .operands = operands<&CompletionArgs::shells>("SHELL", 1, 1),
        .options = completion_options,
        .body = body<CompletionArgs, show_script>,
    },
    {
        .paths = {"__complete"},
        .summary = "Answer a completion script",
        .operands = partial_line,
        .body = body<CompleteArgs, answer_with_help>,
        .hidden = true,
    },
    {
        .paths = {"__completeNoDesc"},
        .summary = "Answer a completion script without descriptions",
        .operands = partial_line,
        .body = body<CompleteArgs, answer_without_help>,
        .hidden = true,
    },
};

} // namespace

const std::span<const Command> completion_commands{commands};

} // namespace skiff::cli
