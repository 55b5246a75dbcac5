#pragma once

#include "oci/digest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace skiff::oci {

/// The name of an image: [registry/]repository[:tag][@digest].
struct Reference
{
    std::string registry;   ///< "docker.io", "localhost:5000", "[::1]:5000"; empty in a short name
    std::string repository; ///< "library/debian"; in a short name as written: "debian"
    std::string tag;        ///< empty when none was given
    std::optional<Digest> digest;

    /// Reads what a person writes. "docker.io" and "index.docker.io" are one registry, where "debian" means
    /// "library/debian"; without a registry (no ".", ":" or "localhost" before the first "/") it stays a short name.
    /// Throws with Podman's words, "invalid reference format" or "repository name must be lowercase"; the caller's
    /// context names the text. Source: distribution/reference, normalize.go.
    static Reference parse(std::string_view text);
    /// As parse, and a short name is one of docker.io: what Docker does and registries' own tools mean.
    static Reference parse_normalized(std::string_view text);

    [[nodiscard]] bool has_registry() const { return !registry.empty(); }
    /// A short name taken as one of `registry_name`; "docker.io" puts "library/" in front where needed.
    [[nodiscard]] Reference in_registry(std::string_view registry_name) const;
    /// With tag "latest" where neither tag nor digest is given.
    [[nodiscard]] Reference with_default_tag() const;

    [[nodiscard]] std::string name() const;          ///< "docker.io/library/debian"
    [[nodiscard]] std::string text() const;          ///< "docker.io/library/debian:12@sha256:..."
    [[nodiscard]] std::string familiar_name() const; ///< as Docker shows it: "debian"
    [[nodiscard]] std::string familiar() const;      ///< "debian:12@sha256:..."

    bool operator==(const Reference&) const = default;
};

bool is_valid_tag(std::string_view tag);

} // namespace skiff::oci
