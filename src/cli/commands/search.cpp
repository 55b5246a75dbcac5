#include "cli/commands/search.hpp"

#include "cli/commands/tables.hpp"
#include "cli/front.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "cli/values.hpp"
#include "registry/auth.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using engine::SearchRequest;
using engine::SearchResult;
using Json = nlohmann::ordered_json;

constexpr std::size_t longest_description = 44;

std::int64_t read_stars(const std::string& text)
{
    std::int64_t stars = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stars);
    if (error != std::errc{} || end != text.data() + text.size())
        throw usage_error(cat("incorrect value type for stars filter: ", quoted(text), " is no number"));
    return stars;
}

/// "stars=3", "is-official", "is-automated=false".
void add_search_filter(SearchRequest& request, const std::string& filter)
{
    const std::size_t equals = filter.find('=');
    const std::string key = filter.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : filter.substr(equals + 1);
    if (key == "stars") {
        if (equals == std::string::npos)
            throw usage_error(cat("invalid filter ", quoted(filter), ", should be stars=<value>"));
        request.least_stars = read_stars(value);
    } else if (key == "is-official") {
        request.official = value != "false";
    } else if (key == "is-automated") {
        request.automated = value != "false";
    } else {
        throw usage_error(cat("invalid filter type ", quoted(filter)));
    }
}

void finish_search(const Invocation&, SearchArgs& args)
{
    registry::check_auth_file(args.request.options.authfile);
    if (args.request.tags && !args.filters.empty())
        throw usage_error("filters are not applicable to list tags result");
    for (const std::string& filter : args.filters)
        add_search_filter(args.request, filter);
    if (args.limit < 0)
        throw usage_error("--limit must not be negative");
    if (args.limit > 0)
        args.request.limit = static_cast<std::size_t>(args.limit);
    args.request.term = args.terms.front();
}

std::string shown_description(std::string text, bool shorten)
{
    std::ranges::replace(text, '\n', ' ');
    if (!shorten || text.size() <= longest_description)
        return text;
    text.resize(longest_description);
    while (!text.empty() && !is_utf8(text)) // not in the middle of a letter
        text.pop_back();
    while (text.ends_with(' '))
        text.pop_back();
    return text + "...";
}

Json make_rows(const std::vector<SearchResult>& results, bool shorten)
{
    Json rows = Json::array();
    for (const SearchResult& result : results)
        rows.push_back({{"Index", result.index},
                        {"Name", result.name},
                        {"Description", shown_description(result.description, shorten)},
                        {"Stars", result.stars},
                        {"Official", result.official ? "[OK]" : ""},
                        {"Automated", result.automated ? "[OK]" : ""},
                        {"Tag", result.tag}});
    return rows;
}

/// One entry per repository.
Json make_tag_lists(const std::vector<SearchResult>& results)
{
    Json lists = Json::array();
    for (const SearchResult& result : results) {
        if (lists.empty() || lists.back()["Name"] != result.name)
            lists.push_back({{"Name", result.name}, {"Tags", Json::array()}});
        lists.back()["Tags"].push_back(result.tag);
    }
    return lists;
}

int search(const Invocation&, SearchArgs& args)
{
    const engine::SearchOutcome outcome = engine::search(args.request);
    const bool wants_tags = args.request.tags;
    if (!outcome.results.empty()) {
        Listing listing{"search", {"entities.ImageSearchReport"}, "{{.Name}}\t{{.Description}}"};
        if (args.compatible)
            listing.default_table += "\t{{.Stars}}\t{{.Official}}\t{{.Automated}}";
        if (wants_tags)
            listing.default_table = "{{.Name}}\t{{.Tag}}";
        print_list(listing, args.format, false, make_rows(outcome.results, !args.no_trunc),
                   wants_tags ? make_tag_lists(outcome.results) : make_rows(outcome.results, false));
    }
    for (const Error& problem : outcome.problems)
        print_error(problem);
    return outcome.problems.empty() || !outcome.results.empty() ? 0 : exit_code(outcome.problems.back().kind());
}

constexpr Option options[] = {
    option<&SearchArgs::compatible>("compatible", 0, "", "With columns for stars, official and automated, as Docker"),
    option<&SearchArgs::filters>("filter", 'f', "FILTER", "Only those that match: stars=N, is-official, is-automated")
        .suggests("stars=, is-official, is-official=false, is-automated, is-automated=false"),
    option<&SearchArgs::format>("format", 0, "FORMAT", "json, or a Go template, with \"table \" in front for columns"),
    option<&SearchArgs::limit>("limit", 0, "COUNT", "At most so many results of each registry (default 25)"),
    option<&SearchArgs::request, &SearchRequest::tags>("list-tags", 0, "", "TERM is a repository: list its tags"),
    option<&SearchArgs::no_trunc>("no-trunc", 0, "", "Whole descriptions"),
};
constexpr UsedGroup option_groups[] = {
    uses<&SearchArgs::request, &SearchRequest::options>(registry_access_options),
};

constexpr Command commands[] = {
    {
        .paths = {"search", "image search"},
        .summary = "Search registries for images",
        .description = "Looks for images whose name, or at some registries whose description, has to do with TERM. A host in "
                       "front of it names the registry; else all search registries of registries.conf are asked.",
        .examples = "search debian\nsearch --filter is-official --limit 3 alpine\nsearch registry.example.com/\n"
                    "search --list-tags quay.io/podman/stable",
        .operands = operands<&SearchArgs::terms>("TERM", 1, 1),
        .options = options,
        .groups = option_groups,
        .body = body<SearchArgs, search, finish_search>,
    },
};

} // namespace

const std::span<const Command> search_commands{commands};

} // namespace skiff::cli
