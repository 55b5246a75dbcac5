#pragma once

#include "base/error.hpp"
#include "model/create_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct SearchRequest
{
    std::string term; ///< perhaps with a registry in front; without one, all search registries are asked
    bool tags = false; ///< the term is a repository, and its tags are wanted
    std::size_t limit = 25;
    std::int64_t least_stars = 0;
    std::optional<bool> official, automated;
    PullOptions options; ///< how to reach registries
};

struct SearchResult
{
    std::string index; ///< the registry
    std::string name;  ///< full
    std::string description;
    std::int64_t stars = 0;
    bool official = false, automated = false;
    std::string tag;
};

struct SearchOutcome
{
    std::vector<SearchResult> results;
    std::vector<Error> problems; ///< of registries that could not be asked
};

/// Asks each registry for at most `limit` results. Throws when there is no registry to ask.
SearchOutcome search(const SearchRequest& request);

} // namespace skiff::engine
