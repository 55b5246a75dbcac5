#pragma once

#include "cli/global_options.hpp"
#include "cli/option.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A command is data as well: its names, options, operands and words for the reader, and one function that does it.
namespace skiff::cli {

struct Command;

/// Options that several commands share, declared once. Their members live in a struct of the group's own.
struct OptionGroup
{
    std::string_view title; ///< heading in help: "Health check"; empty: among the command's own
    std::span<const Option> options;
    bool before_command = false; ///< they stand between the words of the command: `compose -f FILE up`
};

/// A group as one command uses it: where in the command's Args the group's struct is.
struct UsedGroup
{
    const OptionGroup* group;
    void* (*part)(void* args);
};

namespace detail {
template <typename Whole, auto First, auto... Rest>
auto& part_of(Whole& whole)
{
    if constexpr (sizeof...(Rest) == 0)
        return whole.*First;
    else
        return part_of<std::remove_reference_t<decltype(whole.*First)>, Rest...>(whole.*First);
}
} // namespace detail

/// uses<&RunArgs::request, &CreateRequest::health>(health_options)
template <auto First, auto... Rest>
constexpr UsedGroup uses(const OptionGroup& group)
{
    using Args = typename detail::member_of<decltype(First)>::owner;
    return {&group,
            [](void* args) -> void* { return &detail::part_of<Args, First, Rest...>(*static_cast<Args*>(args)); }};
}

/// What stands behind the options.
struct Operands
{
    static constexpr std::size_t many = std::numeric_limits<std::size_t>::max();

    std::string_view usage; ///< "CONTAINER [CONTAINER...]"; empty: the command takes none
    std::size_t least = 0;
    std::size_t most = 0;
    std::array<Completes, 2> completers = {}; ///< of the first operand, and of the others
    bool end_options = false;                 ///< everything behind the first one is an operand, too: run, exec
    bool all_words = false;                   ///< not even the first words are options: __complete
    void (*store)(void* args, std::vector<std::string>&& words) = nullptr;
};

/// operands<&KillArgs::containers>("CONTAINER [CONTAINER...]", 0, Operands::many, Completes::RunningContainers);
/// without `others` those complete as the first.
template <auto First, auto... Rest>
constexpr Operands operands(std::string_view usage, std::size_t least, std::size_t most,
                            Completes first = Completes::Nothing, std::optional<Completes> others = std::nullopt)
{
    using Args = typename detail::member_of<decltype(First)>::owner;
    Operands made;
    made.usage = usage;
    made.least = least;
    made.most = most;
    made.completers = {first, others.value_or(most > 1 ? first : Completes::Nothing)};
    made.store = [](void* args, std::vector<std::string>&& words) {
        detail::part_of<Args, First, Rest...>(*static_cast<Args*>(args)) = std::move(words);
    };
    return made;
}

/// One option as it was given.
struct Given
{
    const Option* option;
    void* (*part)(void* args); ///< null: the option's struct is Args itself
    std::string value;
    bool by_letter;
};

/// A command line, parsed and checked against the tables, but for the values.
struct Invocation
{
    const Command* command = nullptr;
    std::string program; ///< "skiff", or the name that we were called by: "podman", "docker"
    std::string path;    ///< "skiff container run", as typed
    GlobalOptions global;
    std::vector<Given> given;
    std::vector<std::string> operands;
    std::vector<std::string> words; ///< all of argv

    [[nodiscard]] bool has(std::string_view option_name) const;
};

/// Turns an Invocation into the command's Args; `args` has its type. Throws Error(Usage) for values that cannot be
/// read.
void fill_args(const Invocation& invocation, void* args);

template <typename Args>
Args make_args(const Invocation& invocation)
{
    Args args;
    fill_args(invocation, &args);
    return args;
}

/// Reads the values, lets `Check` look at them together (conflicts, defaults that depend on each other), then runs.
/// Both are functions (const Invocation&, Args&); a null Run means that the engine has no such verb yet.
using Body = int (*)(const Invocation& invocation);

[[noreturn]] void throw_not_built(const Invocation& invocation);

template <typename Args, auto Check, auto Run>
int run_body(const Invocation& invocation)
{
    Args args = make_args<Args>(invocation);
    if constexpr (!std::is_null_pointer_v<decltype(Check)>)
        Check(invocation, args);
    if constexpr (!std::is_null_pointer_v<decltype(Run)>)
        return Run(invocation, args);
    else
        throw_not_built(invocation);
}

template <typename Args, auto Run, auto Check = nullptr>
constexpr Body body = &run_body<Args, Check, Run>;

/// What must be there before the function runs; the dispatcher prepares it.
enum class Needs
{
    Nothing,       ///< version, completion
    Store,         ///< reads records: ps, images, inspect
    UserNamespace, ///< works on files of other ids: run, rm, mount
};

struct Command
{
    /// "ps", "container ps", "container ls", "container list": the first is the name in texts, all are equal to users.
    std::array<std::string_view, 6> paths = {};
    std::string_view summary;          ///< one line, no full stop
    std::string_view description = {}; ///< a paragraph for help and the manual; empty: the summary
    std::string_view examples = {};    ///< lines, without the program's name: "run --rm alpine true"
    Operands operands = {};
    std::span<const Option> options = {}; ///< members of Args itself
    std::span<const UsedGroup> groups = {};
    Needs needs = Needs::Nothing;
    Body body = nullptr;
    std::string_view refused = {}; ///< why there is no such command (yet); then all else but paths and summary is empty
    bool hidden = false;
};

/// A word that only leads to commands: "container", "image".
struct CommandGroup
{
    std::string_view path;
    std::string_view summary;
    const OptionGroup* options = nullptr; ///< what may stand behind the group's word, in front of the command
};

} // namespace skiff::cli
