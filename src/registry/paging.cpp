#include "registry/paging.hpp"

#include "base/error.hpp"
#include "registry/registry_error.hpp"

#include <set>

namespace skiff::registry {
namespace {

constexpr std::size_t most_pages = 10'000;

bool says_next(std::string_view parameters)
{
    for (const std::string_view form : {"rel=\"next\"", "rel=next", "rel='next'"})
        if (parameters.find(form) != std::string_view::npos)
            return true;
    return parameters.find("rel") == std::string_view::npos; // there is no other link in these answers
}

} // namespace

std::optional<std::string> find_next_link(std::string_view header_value)
{
    while (!header_value.empty()) {
        const std::size_t open = header_value.find('<');
        const std::size_t close = header_value.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos)
            return std::nullopt;
        const std::string_view target = header_value.substr(open + 1, close - open - 1);
        header_value.remove_prefix(close + 1);
        const std::string_view parameters = header_value.substr(0, header_value.find(",<"));
        if (!target.empty() && says_next(parameters.substr(0, parameters.find(", <"))))
            return std::string{target};
    }
    return std::nullopt;
}

void read_pages(RegistryHost& host, const std::string& path, const std::function<bool(const std::string& body)>& use)
{
    std::set<std::string> seen;
    FetchRequest request = host.request(path);
    while (seen.size() < most_pages && seen.insert(request.url.text).second) {
        const Url here = request.url;
        const Document page = host.get(std::move(request));
        if (!page.is_success())
            throw make_registry_error(page.status, page.body);
        if (!use(page.body))
            return;
        const auto next = find_next_link(page.head.header("link"));
        if (!next)
            return;
        request = host.request("");
        request.url = Url::parse(*next, here.text);
        if (!request.url.same_origin(here)) // nothing that we say to this registry is for another one
            throw Error{ErrorKind::Failure, cat("the next page of the list is at another server: ", request.url.shown())};
    }
}

} // namespace skiff::registry
