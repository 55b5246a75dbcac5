#pragma once

#include "oci/reference.hpp"
#include "registry/config_places.hpp"
#include "registry/image_destination.hpp"
#include "registry/transport_options.hpp"

#include <memory>

namespace skiff::registry {

/// The image called `reference`, a full name with a tag or digest, at its registry.
/// Uploads are streams (POST, PATCH, PUT) and go on where a broken connection left them, as far as the registry has kept
/// what came; small blobs go in one request; a proxy that refuses large requests gets pieces. Throws when the registry is
/// blocked, or cannot be reached at all.
std::unique_ptr<ImageDestination> open_registry_destination(const oci::Reference& reference, const ConfigPlaces& places,
                                                            const TransportOptions& options);

} // namespace skiff::registry
