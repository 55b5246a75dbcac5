#pragma once

#include "oci/reference.hpp"
#include "registry/config_places.hpp"
#include "registry/registries_conf.hpp"
#include "registry/transport_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::registry {

/// What a registry knows about a repository; a catalog knows names only.
struct FoundRepository
{
    std::string name; ///< without the registry
    std::string description;
    std::int64_t stars = 0;
    bool official = false;
    bool automated = false;
};

/// Repositories of `registry` that have to do with `term`: asks for a search (Docker Hub's API v1, which others have as
/// well), else looks through the catalog for names that contain it. At most `limit`; one of exactly that name comes first.
std::vector<FoundRepository> search_registry(const std::string& registry, const std::string& term, std::size_t limit,
                                             const ConfigPlaces& places, const RegistriesConf& conf,
                                             const TransportOptions& options);

/// The tags of the repository that `reference` names, in the registry's order; at most `limit`.
std::vector<std::string> list_tags(const oci::Reference& reference, std::size_t limit, const ConfigPlaces& places,
                                   const RegistriesConf& conf, const TransportOptions& options);

} // namespace skiff::registry
