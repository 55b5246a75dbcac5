#pragma once

#include "engine/outgoing_image.hpp"
#include "engine/progress.hpp"
#include "registry/image_destination.hpp"
#include "store/blob_places.hpp"

#include <optional>
#include <string>

namespace skiff::engine {

struct SendOptions
{
    std::string manifest_kind; ///< "oci" or "docker"; empty: as the source, unless the destination has one kind only
    std::optional<archive::Compression> compression; ///< of layers that are compressed at all: Gzip or Zstd
    int level = 0;                                   ///< 0: the format's default
    /// Also where the destination has the layer in another form, or the source a compressed one.
    bool force_compression = false;
    bool preserve_digests = false; ///< fail rather than change a manifest
    bool is_part = false;          ///< of an index that follows
    int cancel_fd = -1;            ///< readable: Error ECANCELED
};

struct SentImage
{
    std::string manifest;
    std::string media_type;
    oci::Digest digest;
    store::blob_places::Places learned; ///< where layers are now
};

/// Sends layers (several at once), configuration and manifest; committing is up to the caller. Layers that the
/// destination has, or can mount from a repository of `places`, are not sent; `places` learns where layers are now.
/// Where nothing had to be changed, the manifest arrives byte for byte.
SentImage send_image(OutgoingImage& image, registry::ImageDestination& destination, const SendOptions& options,
                     const store::blob_places::Places& places, Progress& progress);

} // namespace skiff::engine
