#pragma once

#include "registry/image_files.hpp"
#include "registry/image_source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace skiff::registry {

/// One image whose parts lie on disk, in whatever format.
struct LocalImage
{
    std::string shown;         ///< "oci-archive:/tmp/x.tar"
    std::string document;      ///< the manifest, or the index to choose from
    std::string document_type; ///< media type; empty: as the document says
    std::function<std::optional<FilePiece>(const oci::Digest&)> find_blob;
    std::vector<oci::Reference> names;
};

/// `cancel_fd` as in TransportOptions. No blob is hashed unless its request says Verify::Here.
std::unique_ptr<ImageSource> open_local_image(LocalImage image, int cancel_fd);

} // namespace skiff::registry
