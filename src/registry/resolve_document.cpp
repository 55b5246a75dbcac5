#include "registry/resolve_document.hpp"

#include "base/error.hpp"
#include "oci/document.hpp"
#include "oci/index.hpp"

namespace skiff::registry {

DocumentReader::Found read_part(const DocumentReader& reader, const oci::Descriptor& descriptor)
{
    DocumentReader::Found child = reader.manifest(descriptor);
    while_doing(cat("reading manifest ", descriptor.digest.text()), [&] {
        if (child.bytes.size() != descriptor.size)
            throw Error{ErrorKind::Failure, cat("it has ", child.bytes.size(), " bytes instead of ", descriptor.size)};
        oci::verify(descriptor.digest, child.bytes, "manifest");
        // The index is a declaration, too, and the one that a digest protects.
        if (!descriptor.media_type.empty() && oci::kind_of_document(child.bytes, child.declared_type) !=
                                                  oci::kind_of_document(child.bytes, descriptor.media_type))
            throw Error{ErrorKind::Failure, "the index and the registry disagree about its kind"};
    });
    return child;
}

ImageDocument resolve_document(const DocumentReader& reader, DocumentReader::Found first, const oci::Platform& platform,
                               const std::string& shown)
{
    ImageDocument image;
    DocumentReader::Found current = std::move(first);
    for (int nesting = 0; oci::kind_of_document(current.bytes, current.declared_type) == oci::DocumentKind::Index;
         ++nesting) {
        if (nesting == oci::max_index_nesting)
            throw Error{ErrorKind::Failure,
                        cat("an image index in an image index, more than ", oci::max_index_nesting, " deep")};
        const oci::Index index = oci::Index::parse(current.bytes, current.declared_type);
        if (!image.index_digest) {
            image.index_digest = oci::Digest::of(current.bytes);
            image.index_bytes = current.bytes;
        }
        const oci::Descriptor chosen =
            while_doing(cat("choosing an image from manifest list ", shown), [&] { return index.choose(platform); });
        current = read_part(reader, chosen);
    }
    image.manifest =
        while_doing("parsing manifest", [&] { return oci::Manifest::parse(current.bytes, current.declared_type); });
    image.manifest_digest = oci::Digest::of(current.bytes);
    image.manifest_bytes = std::move(current.bytes);
    while_doing("parsing image configuration", [&] {
        const oci::Descriptor& config = image.manifest.config;
        image.config_bytes = reader.config(config);
        if (image.config_bytes.size() != config.size)
            throw Error{ErrorKind::Failure,
                        cat("it has ", image.config_bytes.size(), " bytes instead of ", config.size)};
        oci::verify(config.digest, image.config_bytes, "configuration");
        image.config = oci::ImageConfig::parse(image.config_bytes);
    });
    oci::require_same_layers(image.manifest, image.config);
    return image;
}

} // namespace skiff::registry
