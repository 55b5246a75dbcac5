#include "engine/search.hpp"

#include "engine/pull.hpp"
#include "registry/registries_conf.hpp"
#include "registry/search.hpp"

namespace skiff::engine {
namespace {

using registry::ConfigPlaces;
using registry::RegistriesConf;

/// What a search is about, and where.
struct Question
{
    std::vector<std::string> registries;
    std::string term;
};

/// "quay.io/podman" is "podman" at quay.io; "library/debian" is no registry's name.
Question make_question(const std::string& term, const RegistriesConf& conf)
{
    const std::size_t slash = term.find('/');
    const std::string first = term.substr(0, slash);
    if (slash != std::string::npos && (first.find_first_of(".:") != std::string::npos || first == "localhost"))
        return {{first}, term.substr(slash + 1)};
    if (!conf.search)
        return {{"docker.io"}, term};
    if (conf.search->empty())
        throw Error{ErrorKind::Failure, "no registries found in registries.conf, a registry must be provided"};
    return {*conf.search, term};
}

void find_repositories(const SearchRequest& request, const std::string& registry, const std::string& term,
                       const ConfigPlaces& places, const RegistriesConf& conf, std::vector<SearchResult>& results)
{
    for (registry::FoundRepository& found : registry::search_registry(registry, term, request.limit, places, conf,
                                                                      make_transport_options(request.options))) {
        if (found.stars < request.least_stars || found.official != request.official.value_or(found.official) ||
            found.automated != request.automated.value_or(found.automated))
            continue;
        const bool is_library = registry == "docker.io" && found.name.find('/') == std::string::npos;
        results.push_back({registry, cat(registry, is_library ? "/library/" : "/", found.name),
                           std::move(found.description), found.stars, found.official, found.automated, ""});
    }
}

void find_tags(const SearchRequest& request, const std::string& registry, const std::string& term,
               const ConfigPlaces& places, const RegistriesConf& conf, std::vector<SearchResult>& results)
{
    const oci::Reference reference = while_doing(cat("reference \"", printable(term), "\" must be a docker reference"), [&] {
        return oci::Reference::parse(cat(registry, "/", term));
    });
    while_doing("getting repository tags", [&] {
        for (std::string& tag :
             registry::list_tags(reference, request.limit, places, conf, make_transport_options(request.options)))
            results.push_back({registry, reference.name(), "", 0, false, false, std::move(tag)});
    });
}

} // namespace

SearchOutcome search(const SearchRequest& request)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    const RegistriesConf conf = registry::load_registries_conf(places);
    const Question question = make_question(request.term, conf);
    SearchOutcome outcome;
    for (const std::string& registry : question.registries) {
        try {
            (request.tags ? find_tags : find_repositories)(request, registry, question.term, places, conf, outcome.results);
        } catch (const Error& error) { // the others may know something
            outcome.problems.push_back(error);
        }
    }
    return outcome;
}

} // namespace skiff::engine
