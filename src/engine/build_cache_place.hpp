#pragma once

#include "registry/archive_source.hpp"

#include <string>

namespace skiff::engine {

/// A cache of builds that lies elsewhere: each step that made a layer is an image there (layers up to that step, no
/// configuration), whose tag is the key of the step.
struct CachePlace
{
    std::string transport; ///< "docker": a repository of a registry; "oci": a directory
    std::string place;     ///< the repository, or an absolute path
    bool only_target = false; ///< --cache-to mode=min: no steps of other stages

    [[nodiscard]] registry::TransportName image_of(const std::string& key) const;
    [[nodiscard]] std::string shown() const { return place; }
};

/// REPOSITORY, DIRECTORY (with a slash or a dot at its front), type=registry,ref=REPOSITORY or type=local,src=DIRECTORY. Throws
/// Error(Usage) for a repository with a tag, and for other types.
CachePlace parse_cache_source(const std::string& text);
/// The same with dest= instead of src=, and mode=min|max.
CachePlace parse_cache_destination(const std::string& text);

} // namespace skiff::engine
