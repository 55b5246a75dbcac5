#pragma once

#include "registry/config_places.hpp"
#include "registry/image_source.hpp"
#include "registry/transport_options.hpp"

#include <memory>

namespace skiff::registry {

/// The image `reference` (a full name) of a registry; "latest" where it has neither tag nor digest. resolve() asks the
/// mirrors first, in the words of Podman where it fails: "initializing source docker://X: reading manifest T in X:
/// manifest unknown", also when registries.conf blocks the registry or the policy rejects the image.
std::unique_ptr<ImageSource> open_registry(const oci::Reference& reference, const ConfigPlaces& places,
                                           const TransportOptions& options);

} // namespace skiff::registry
