#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace skiff::oci {

enum class DocumentKind
{
    Manifest,
    Index
};

/// What a document from a registry is, by its declared type, its own mediaType and its shape together (security.md
/// R35). Throws when they do not agree, on schema 1, and on anything else.
DocumentKind kind_of_document(std::string_view text, std::string_view declared_type = {});

/// Its media type, found in the same way.
std::string media_type_of_document(std::string_view text, std::string_view declared_type = {});

/// The same for a document that is parsed already, for the readers of manifests and indexes.
struct DocumentType
{
    DocumentKind kind;
    std::string media_type;
};
DocumentType type_of_document(const nlohmann::json& document, std::string_view declared_type);

} // namespace skiff::oci
