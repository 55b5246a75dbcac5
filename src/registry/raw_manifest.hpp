#pragma once

#include "oci/reference.hpp"
#include "registry/config_places.hpp"
#include "registry/image_source.hpp"
#include "registry/transport_options.hpp"

namespace skiff::registry {

/// The manifest or index that a registry has under a full name with a tag or digest, whatever it is. Asks the registry
/// itself, not its mirrors. Throws "reading image "docker://X": fetching manifest T in NAME: ...".
RawDocument read_raw_manifest(const oci::Reference& reference, const ConfigPlaces& places,
                              const TransportOptions& options);

} // namespace skiff::registry
