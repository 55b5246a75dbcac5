#pragma once

#include "oci/reference.hpp"
#include "registry/registries_conf.hpp"

#include <vector>

namespace skiff::registry {

/// One place that has an image: a mirror or the registry itself.
struct PullSource
{
    oci::Reference reference; ///< the image's name over there
    bool insecure = false;
    bool is_mirror = false;
};

/// Where to ask for the image of the full name `reference`, in this order: the mirrors that registries.conf names, then
/// the registry or its stand-in. Throws when it is blocked.
std::vector<PullSource> find_pull_sources(const RegistriesConf& conf, const oci::Reference& reference);

} // namespace skiff::registry
