// One document has one meaning: a registry (or whoever sits in front of it) must not be able to show the same bytes as
// a manifest to one tool and as an index to another (CVE-2021-41190). So the declared type, the mediaType field and the
// shape are compared before anything else is read.

#include "oci/document.hpp"

#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace skiff::oci {
namespace {

/// Types that static file servers and careless registries send for everything: they declare nothing.
bool says_nothing(std::string_view type)
{
    return type.empty() || type == "application/json" || type == "application/octet-stream" || type == "text/plain" ||
           type == "binary/octet-stream";
}

[[noreturn]] void refuse(std::string why) { throw Error{ErrorKind::Failure, std::move(why)}; }

} // namespace

DocumentType type_of_document(const nlohmann::json& document, std::string_view declared_type)
{
    const text::JsonFields fields{document};
    if (fields.has("fsLayers") || fields.unsigned_or("schemaVersion", 0) == 1)
        refuse("the manifest has the old format \"schema 1\", which is not supported; push the image again with a "
               "newer tool");
    const bool looks_like_index = fields.has("manifests");
    const bool looks_like_manifest = fields.has("layers") || fields.has("config");
    if (looks_like_index && looks_like_manifest)
        refuse("ambiguous document: it has both \"manifests\" and \"layers\" or \"config\"");
    if (!looks_like_index && !looks_like_manifest)
        refuse("neither an image manifest nor an image index");
    if (fields.unsigned_integer("schemaVersion") != 2)
        throw fields.complain("schemaVersion", "must be 2");

    std::string_view declared = media_type::without_parameters(declared_type);
    if (says_nothing(declared))
        declared = {};
    const std::string own = fields.text_or("mediaType", "");
    if (!declared.empty() && !own.empty() && declared != own)
        refuse(cat("the document is declared as ", skiff::quoted(declared), " and calls itself ", skiff::quoted(own)));
    std::string type{declared.empty() ? own : declared};
    if (type.empty())
        type = looks_like_index ? media_type::oci_index : media_type::oci_manifest;
    if (!media_type::is_index(type) && !media_type::is_manifest(type))
        refuse(cat("unsupported manifest type ", skiff::quoted(type)));
    if (media_type::is_index(type) != looks_like_index)
        refuse(cat("a document of type ", skiff::quoted(type), " has the shape of ",
                   looks_like_index ? "an image index" : "an image manifest"));
    return {looks_like_index ? DocumentKind::Index : DocumentKind::Manifest, std::move(type)};
}

DocumentKind kind_of_document(std::string_view text, std::string_view declared_type)
{
    return type_of_document(text::parse_strict_json(text, {.bytes = max_manifest_bytes}), declared_type).kind;
}

std::string media_type_of_document(std::string_view text, std::string_view declared_type)
{
    return type_of_document(text::parse_strict_json(text, {.bytes = max_manifest_bytes}), declared_type).media_type;
}

} // namespace skiff::oci
