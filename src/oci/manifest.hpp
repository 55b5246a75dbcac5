#pragma once

#include "oci/descriptor.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci {

struct ImageConfig;

constexpr std::size_t max_manifest_bytes = 4U << 20U; ///< R33
constexpr std::size_t max_layers = 500;               ///< R35

/// What an image consists of: its configuration and its layers, lowest first. Docker's schema 2 and OCI's are one
/// shape.
struct Manifest
{
    std::string media_type;
    Descriptor config;
    std::vector<Descriptor> layers;
    std::map<std::string, std::string> annotations;

    /// `declared_type` is what the registry's header or the index said; empty when nothing did. It, the document's own
    /// mediaType and its shape must agree; layers that are not file systems are refused (R35, R37).
    static Manifest parse(std::string_view text, std::string_view declared_type = {});
    /// The document that we write (tests, save, push); what was pulled is kept as the bytes that came.
    [[nodiscard]] std::string serialize() const;
};

/// Throws when the configuration names another number of layers than the manifest (M-89).
void require_same_layers(const Manifest& manifest, const ImageConfig& config);

} // namespace skiff::oci
