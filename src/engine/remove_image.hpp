#pragma once

#include "base/error.hpp"
#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::engine {

struct RemoveImageOptions
{
    bool all = false;
    bool force = false;    ///< also with several names, and with containers: these are removed
    bool ignore = false;   ///< a missing image is no problem
    bool no_prune = false; ///< keep nameless images that the removed one stood on
};

struct RemovedImages
{
    std::vector<std::string> untagged; ///< full names
    std::vector<std::string> deleted;  ///< ids
    std::uint64_t bytes = 0;           ///< that this gave back
    std::vector<Error> problems;       ///< NotFound, InUse ...; the other images are removed all the same
};

/// Takes names away; an image that has none left goes, with the layers that nothing else needs.
RemovedImages remove_images(Engine& engine, const std::vector<std::string>& names, const RemoveImageOptions& options);

/// Removes images without a name, or with `all` every one that no container uses.
RemovedImages prune_images(Engine& engine, bool all, const std::vector<Filter>& filters);

} // namespace skiff::engine
