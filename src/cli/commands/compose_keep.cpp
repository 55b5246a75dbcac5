// compose commit, export, alpha viz: what a project has become, to keep elsewhere.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "frontends/compose/graph.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

using Files = ComposeSession::Files;

store::ContainerRecord find_container(const Invocation& invocation, const ComposeKeepArgs& args)
{
    const std::string& service = args.words[0];
    ComposeSession session{invocation, args.compose, Files::Optional, {service}};
    session.refuse_dry_run();
    return session.engine().store().containers().load(session.container_of(service, args.index, false).id);
}

/// Without a cgroup of its own a container cannot be paused; nobody asked for it by name then.
bool can_pause(const store::ContainerRecord& record) { return record.state && !record.state->cgroup_path.empty(); }

int commit(const Invocation& invocation, ComposeKeepArgs& args)
{
    const store::ContainerRecord record = find_container(invocation, args);
    // Docker's format, as from Docker: it has room for the message.
    std::vector<std::string> words{"commit", "--format=docker", cat("--pause=", args.pause.value_or(can_pause(record)) ? "true" : "false")};
    if (!args.author.empty())
        words.push_back(cat("--author=", args.author));
    if (!args.message.empty())
        words.push_back(cat("--message=", args.message));
    for (const std::string& change : args.changes)
        words.push_back(cat("--change=", change));
    words.push_back(record.config.id);
    words.insert(words.end(), args.words.begin() + 1, args.words.end());
    return run_words(invocation, words);
}

int export_files(const Invocation& invocation, ComposeKeepArgs& args)
{
    std::vector<std::string> words{"export"};
    if (!args.output.empty())
        words.push_back(cat("--output=", args.output));
    words.push_back(find_container(invocation, args).config.id);
    return run_words(invocation, words);
}

int viz(const Invocation& invocation, ComposeVizArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Required};
    session.print_warnings();
    constexpr std::uint32_t widest = 80;
    const std::string indentation(std::min(args.indentation_size, widest), args.spaces ? ' ' : '\t');
    print(compose::make_graph(session.project(), {args.images, args.networks, args.ports, indentation}));
    return 0;
}

constexpr Option index_option = option<&ComposeKeepArgs::index>("index", 0, "NUMBER", "This container of the service").defaults("0");

constexpr Option commit_options[] = {
    option<&ComposeKeepArgs::author>("author", 'a', "NAME", "Author of the image"),
    option<&ComposeKeepArgs::changes>("change", 'c', "INSTRUCTION", "Set CMD, ENV, EXPOSE ... of the image, as skiff commit does").many(),
    index_option,
    option<&ComposeKeepArgs::message>("message", 'm', "TEXT", "Comment on the image"),
    option<&ComposeKeepArgs::pause>("pause", 'p', "", "The container stands still meanwhile (default: where it can)"),
};

constexpr Option export_options[] = {
    index_option,
    option<&ComposeKeepArgs::output>("output", 'o', "FILE", "Write to this file instead of standard output").completes(Completes::Files),
};

constexpr Option viz_options[] = {
    option<&ComposeVizArgs::images>("image", 0, "", "Show the image of each service"),
    option<&ComposeVizArgs::indentation_size>("indentation-size", 0, "COUNT", "Characters of one indentation").defaults("1"),
    option<&ComposeVizArgs::networks>("networks", 0, "", "Show the networks of each service"),
    option<&ComposeVizArgs::ports>("ports", 0, "", "Show the ports of each service"),
    option<&ComposeVizArgs::spaces>("spaces", 0, "", "Indent with spaces instead of tabs"),
};

constexpr UsedGroup keep_groups[] = {compose_group<ComposeKeepArgs>};
constexpr UsedGroup viz_groups[] = {compose_group<ComposeVizArgs>};

constexpr Command commands[] = {
    {
        .paths = {"compose commit"},
        .summary = "Make an image from a container of a service",
        .examples = "compose commit web shop:patched\ncompose commit --index 2 --change 'CMD [\"nginx\"]' web",
        .operands = operands<&ComposeKeepArgs::words>("SERVICE [IMAGE]", 1, 2, Completes::Nothing, Completes::Images),
        .options = commit_options,
        .groups = keep_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeKeepArgs, commit>,
    },
    {
        .paths = {"compose export"},
        .summary = "Export the files of a service's container as a tar archive",
        .examples = "compose export -o web.tar web\ncompose export --index 2 web | tar t",
        .operands = operands<&ComposeKeepArgs::words>("SERVICE", 1, 1),
        .options = export_options,
        .groups = keep_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeKeepArgs, export_files>,
    },
    {
        .paths = {"compose alpha viz", "compose viz"},
        .summary = "Print a graph of the services in the language of Graphviz",
        .description = "Prints a node for each service of the project and an arrow to each service that it depends on, for dot to draw.",
        .examples = "compose alpha viz --networks --ports | dot -Tsvg > shop.svg",
        .options = viz_options,
        .groups = viz_groups,
        .needs = Needs::Store,
        .body = body<ComposeVizArgs, viz>,
    },
};

} // namespace

const std::span<const Command> compose_keep_commands{commands};

} // namespace skiff::cli
