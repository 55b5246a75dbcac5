#pragma once

#include <optional>
#include <string_view>

/// The media types of images, Docker's (schema 2) and OCI's.
namespace skiff::oci::media_type {

constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view docker_config = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view docker_layer = "application/vnd.docker.image.rootfs.diff.tar";
constexpr std::string_view docker_layer_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
constexpr std::string_view docker_schema1 = "application/vnd.docker.distribution.manifest.v1+json";
constexpr std::string_view docker_schema1_signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view oci_layer = "application/vnd.oci.image.layer.v1.tar";
constexpr std::string_view oci_layer_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr std::string_view oci_layer_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";

/// What we ask a registry for, best first: the value of an Accept header.
constexpr std::string_view accepted_manifests =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

bool is_manifest(std::string_view type);
bool is_index(std::string_view type);
/// A file system layer that we can apply: plain, gzip or zstd, "non-distributable" and "foreign" ones included (their
/// urls are never fetched, R35). Encrypted layers and those of other artifacts are not.
bool is_layer(std::string_view type);

/// "application/json; charset=utf-8" without its parameters, lower case as registries should write it.
std::string_view without_parameters(std::string_view header_value);

} // namespace skiff::oci::media_type
