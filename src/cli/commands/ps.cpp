#include "cli/commands/ps.hpp"

#include "cli/commands/tables.hpp"

namespace skiff::cli {
namespace {

void finish_ps(const Invocation&, PsArgs& args)
{
    if (args.last >= 0 && args.latest)
        throw usage_error("last and latest are mutually exclusive");
    if (args.quiet && (args.size || args.namespaces))
        throw usage_error("quiet conflicts with size and namespace");
    if (args.size && args.namespaces)
        throw usage_error("size and namespace options conflict");
    if (args.watch_s > 0 && args.latest)
        throw usage_error("the watch and latest flags cannot be used together");
}

constexpr Option options[] = {
    option<&PsArgs::all>("all", 'a', "", "Containers that do not run, too"),
    option<&PsArgs::external>("external", 0, "", "Containers of other tools, too (there are none here)")
        .also("storage"),
    option<&PsArgs::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                          "Only those that match: name, id, label, status, ancestor ..."),
    option<&PsArgs::format>("format", 0, "FORMAT", "json, or a Go template, with \"table \" in front for columns"),
    option<&PsArgs::last>("last", 'n', "COUNT", "Only so many of the newest, whatever their state").defaults("-1"),
    option<&PsArgs::latest>("latest", 'l', "", "Only the one that was created last"),
    option<&PsArgs::namespaces>("namespace", 0, "", "Show their namespaces").also("ns"),
    option<&PsArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids and commands").also("notruncate"),
    option<&PsArgs::no_heading>("noheading", 0, "", "No heading"),
    option<&PsArgs::pod>("pod", 'p', "", "Show their pods"),
    option<&PsArgs::quiet>("quiet", 'q', "", "Ids only"),
    option<&PsArgs::size>("size", 's', "", "Show the sizes of their files"),
    option<&PsArgs::sort>("sort", 0, "KEY", "Order")
        .one_of("command, created, id, image, names, runningfor, size, status")
        .defaults("created"),
    accepted("sync", 0, "", "states are always true here"),
    option<&PsArgs::watch_s>("watch", 'w', "SECONDS", "Show them again every so often").defaults("0"),
};

constexpr Command commands[] = {
    {
        .paths = {"ps", "container list", "container ls", "container ps"},
        .summary = "List containers",
        .description = "Lists running containers, or all of them.",
        .examples = "ps\nps --all --filter status=exited\nps --format '{{.Names}}: {{.Status}}'",
        .options = options,
        .needs = Needs::Store,
        .body = body<PsArgs, nullptr, finish_ps>,
    },
};

} // namespace

const std::span<const Command> ps_commands{commands};

} // namespace skiff::cli
