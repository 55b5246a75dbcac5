#include "oci/media_type.hpp"

#include <algorithm>
#include <array>

namespace skiff::oci::media_type {
namespace {

constexpr std::array layers{
    docker_layer,
    docker_layer_gzip,
    std::string_view{"application/vnd.docker.image.rootfs.diff.tar.zstd"},
    std::string_view{"application/vnd.docker.image.rootfs.foreign.diff.tar"},
    std::string_view{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"},
    oci_layer,
    oci_layer_gzip,
    oci_layer_zstd,
    std::string_view{"application/vnd.oci.image.layer.nondistributable.v1.tar"},
    std::string_view{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"},
    std::string_view{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"},
};

} // namespace

bool is_manifest(std::string_view type) { return type == docker_manifest || type == oci_manifest; }
bool is_index(std::string_view type) { return type == docker_index || type == oci_index; }
bool is_layer(std::string_view type) { return std::find(layers.begin(), layers.end(), type) != layers.end(); }

std::string_view without_parameters(std::string_view header_value)
{
    header_value = header_value.substr(0, header_value.find(';'));
    while (!header_value.empty() && (header_value.back() == ' ' || header_value.back() == '\t'))
        header_value.remove_suffix(1);
    while (!header_value.empty() && (header_value.front() == ' ' || header_value.front() == '\t'))
        header_value.remove_prefix(1);
    return header_value;
}

} // namespace skiff::oci::media_type
