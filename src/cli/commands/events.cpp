#include "cli/commands/events.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/read_events.hpp"
#include "text/go_template.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

WallTime read_instant(std::string_view text, text::DurationMeans duration_means)
{
    return while_doing("failed to parse event filters", [&] { return text::parse_time(text, wall_now(), duration_means); });
}

WallTime read_since(std::string_view text) { return read_instant(text, text::DurationMeans::Ago); }
WallTime read_until(std::string_view text) { return read_instant(text, text::DurationMeans::Ahead); }

void finish_events(const Invocation&, EventsArgs& args)
{
    if (args.since && args.until && *args.until < *args.since)
        throw usage_error("invalid --since and --until: the end lies before the beginning");
}

int events(const Invocation& invocation, EventsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const bool as_json = args.format == "json" || args.format == "jsonl";
    std::optional<text::Template> shown;
    if (!args.format.empty() && !as_json)
        shown = text::Template::parse(text::read_format(args.format).text, "events");
    engine::read_events(engine, {args.filters, args.since, args.until, args.stream}, [&](const store::Event& event) {
        if (as_json)
            print(engine::make_event_document(event).dump() + "\n");
        else if (shown)
            print(shown->execute(engine::make_event_row(event), "*system.Event") + "\n");
        else
            print(engine::describe_event(event, args.no_trunc) + "\n");
    });
    return 0;
}

constexpr Option options[] = {
    option<&EventsArgs::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                              "Only those that match: container, image, volume, event, type, label"),
    option<&EventsArgs::format>("format", 0, "FORMAT", "json, or a Go template"),
    option<&EventsArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids").defaults("true"),
    option<&EventsArgs::since, read_since>("since", 0, "TIME",
                                           "Those since then: a time, seconds since 1970, or a duration (10m ago)"),
    option<&EventsArgs::stream>("stream", 0, "", "Wait for further ones").defaults("true"),
    option<&EventsArgs::until, read_until>("until", 0, "TIME", "Those until then"),
};

constexpr Command commands[] = {
    {
        .paths = {"events", "system events"},
        .summary = "Show what happens to containers, images and volumes",
        .description = "Shows events as they happen, or those that were recorded.",
        .examples = "events\nevents --since 1h --stream=false\nevents --filter event=died --format json",
        .options = options,
        .needs = Needs::Store,
        .body = body<EventsArgs, events, finish_events>,
    },
};

} // namespace

const std::span<const Command> event_commands{commands};

} // namespace skiff::cli
