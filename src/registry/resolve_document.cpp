#include "registry/resolve_document.hpp"

#include "base/error.hpp"
#include "oci/document.hpp"
#include "oci/index.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

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

namespace {

/// What BuildKit attaches to images, and other artifacts in an index.
bool is_no_image(const oci::Descriptor& descriptor)
{
    return !descriptor.artifact_type.empty() || (descriptor.platform && descriptor.platform->os == "unknown");
}

ImageDocument read_opaque(const DocumentReader& reader, DocumentReader::Found found)
{
    const nlohmann::json json = text::parse_strict_json(found.bytes, {.bytes = oci::max_manifest_bytes});
    const text::JsonFields fields{json};
    ImageDocument document;
    document.is_opaque = true;
    document.manifest.media_type = oci::type_of_document(json, found.declared_type).media_type;
    document.manifest.config = oci::parse_descriptor(fields.object("config"));
    if (document.manifest.config.size > oci::max_config_bytes)
        throw fields.complain("config.size", cat("is more than ", oci::max_config_bytes));
    for (const text::JsonFields& entry : fields.objects("layers")) {
        if (document.manifest.layers.size() == oci::max_layers)
            throw fields.complain("layers", cat("has more than ", oci::max_layers, " entries"));
        document.manifest.layers.push_back(oci::parse_descriptor(entry));
        document.config.diff_ids.push_back(document.manifest.layers.back().digest);
    }
    document.config_bytes = reader.config(document.manifest.config);
    oci::verify(document.manifest.config.digest, document.config_bytes, "configuration");
    document.manifest_digest = oci::Digest::of(found.bytes);
    document.manifest_bytes = std::move(found.bytes);
    return document;
}

} // namespace

ImageDocument resolve_part_of_index(const DocumentReader& reader, const oci::Descriptor& descriptor,
                                    const std::string& shown)
{
    DocumentReader::Found found = read_part(reader, descriptor);
    if (is_no_image(descriptor))
        return while_doing(cat("reading manifest ", descriptor.digest.text()), [&] { return read_opaque(reader, std::move(found)); });
    return resolve_document(reader, std::move(found), oci::Platform::host(), shown);
}

} // namespace skiff::registry
