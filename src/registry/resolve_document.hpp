#pragma once

#include "registry/image_source.hpp"

#include <functional>

namespace skiff::registry {

/// Where the documents of one image come from; blobs and child manifests by descriptor, verified by the reader below.
struct DocumentReader
{
    struct Found
    {
        std::string bytes;
        std::string declared_type;
    };
    std::function<Found(const oci::Descriptor&)> manifest; ///< one that an index names
    std::function<std::string(const oci::Descriptor&)> config;
};

/// One that an index names, verified.
DocumentReader::Found read_part(const DocumentReader& reader, const oci::Descriptor& descriptor);

/// The part of an index that `descriptor` names, which need not be an image of files.
ImageDocument resolve_part_of_index(const DocumentReader& reader, const oci::Descriptor& descriptor,
                                    const std::string& shown);

/// From the document that a name stands for to the image for `platform`: follows indexes (at most two, R35), verifies
/// digests and sizes, reads the configuration and compares it with the manifest. `shown` is the image's name in
/// messages.
ImageDocument resolve_document(const DocumentReader& reader, DocumentReader::Found first, const oci::Platform& platform,
                               const std::string& shown);

} // namespace skiff::registry
