#pragma once

#include "engine/send_image.hpp"
#include "oci/index.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace skiff::engine {

/// One image of an index. Without `open` its manifest has to be at the destination already.
struct IndexPart
{
    oci::Descriptor entry;
    std::function<std::unique_ptr<OutgoingImage>()> open;
};

/// Sends the images of an index one after another, then the index. Where no digest changed, `original` arrives byte for
/// byte. `add_compression`: each image once more with its layers in that form, marked by an annotation.
SentImage send_index(const registry::RawDocument& original, const std::vector<IndexPart>& parts,
                     registry::ImageDestination& destination, const SendOptions& options,
                     const std::vector<archive::Compression>& add_compression, const store::blob_places::Places& places,
                     Progress& progress);

} // namespace skiff::engine
