#include "registry/search.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "registry/auth.hpp"
#include "registry/paging.hpp"
#include "registry/registry_endpoint.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

std::vector<FoundRepository> read_results(const std::string& body, std::size_t limit)
{
    const nlohmann::json document = text::parse_strict_json(body);
    std::vector<FoundRepository> found;
    for (const text::JsonFields& result : text::JsonFields{document}.objects("results")) {
        if (found.size() == limit)
            break;
        found.push_back({result.text_or("name", ""), result.text_or("description", ""), result.integer_or("star_count", 0),
                         result.flag_or("is_official", false), result.flag_or("is_automated", false)});
    }
    return found;
}

/// Nothing when the registry has no such search.
std::optional<std::vector<FoundRepository>> try_search(RegistryHost& host, const std::string& term, std::size_t limit)
{
    try {
        FetchRequest request; // open to everybody: nobody's password goes there
        const std::string query = cat("v1/search?q=", percent_encode(term), "&n=", limit);
        request.url = host.name() == "docker.io" ? Url::parse(cat("https://index.docker.io/", query))
                                                 : Url::parse(cat("/", query), host.api("").text);
        const Document answer = host.get(std::move(request));
        if (!answer.is_success())
            return std::nullopt;
        return read_results(answer.body, limit);
    } catch (const Error& error) {
        if (error.errno_value() == ECANCELED)
            throw;
        log::debug(cat("searching ", host.name(), " by its API v1: ", error.message()));
        return std::nullopt;
    }
}

std::vector<FoundRepository> search_catalog(RegistryHost& host, const std::string& term, std::size_t limit)
{
    std::vector<FoundRepository> found;
    read_pages(host, "_catalog", [&](const std::string& body) {
        const nlohmann::json document = text::parse_strict_json(body);
        for (std::string& name : text::JsonFields{document}.texts("repositories")) {
            if (found.size() == limit)
                return false;
            if (name.find(term) == std::string::npos)
                continue;
            const auto place = name == term ? found.begin() : found.end();
            found.insert(place, FoundRepository{std::move(name), "", 0, false, false});
        }
        return true;
    });
    return found;
}

} // namespace

std::vector<FoundRepository> search_registry(const std::string& registry, const std::string& term, std::size_t limit,
                                             const ConfigPlaces& places, const RegistriesConf& conf,
                                             const TransportOptions& options)
{
    const RegistryConf* found = conf.find(registry);
    if (found != nullptr && found->blocked && found->prefix == registry)
        throw Error{ErrorKind::Failure, cat("registry ", registry, " is blocked in ", conf.files)};
    HttpClient client{options.limits, options.cancel_fd};
    return while_doing(cat("couldn't search registry \"", registry, "\""), [&] {
        RegistryHost host{client,   places,
                          conf,     options,
                          registry, found != nullptr && found->insecure,
                          find_credentials(places, conf, options, registry),
                          "registry:catalog:*"};
        if (!term.empty())
            if (auto results = try_search(host, term.starts_with("library/") && registry == "docker.io" ? term.substr(8) : term,
                                          limit))
                return std::move(*results);
        return search_catalog(host, term, limit);
    });
}

std::vector<std::string> list_tags(const oci::Reference& reference, std::size_t limit, const ConfigPlaces& places,
                                   const RegistriesConf& conf, const TransportOptions& options)
{
    return while_doing("fetching tags list", [&] {
        PullSource source = find_pull_sources(conf, reference).back();
        auto credentials = find_credentials(places, conf, options, source.reference.name());
        HttpClient client{options.limits, options.cancel_fd};
        const std::string path = cat(source.reference.repository, "/tags/list");
        RegistryEndpoint endpoint{client, places, conf, options, std::move(source), std::move(credentials)};
        std::vector<std::string> tags;
        read_pages(endpoint.host(), path, [&](const std::string& body) {
            const nlohmann::json document = text::parse_strict_json(body);
            for (std::string& tag : text::JsonFields{document}.texts("tags"))
                if (oci::is_valid_tag(tag) && tags.size() < limit) // others could not be asked for
                    tags.push_back(std::move(tag));
            return tags.size() < limit;
        });
        return tags;
    });
}

} // namespace skiff::registry
