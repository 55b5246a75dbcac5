#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Images byte by byte, wrong ones included: documents are texts that a test may change before they are hashed, or after.
namespace skiff::test {

struct RawLayer
{
    std::string bytes; ///< as they are sent
    std::string diff_id = {};                                         ///< empty: the digest of `bytes`
    std::string media_type = "application/vnd.oci.image.layer.v1.tar"; ///< as the manifest says
};

std::string digest_of(std::string_view data); ///< "sha256:..."

/// {"mediaType":...,"digest":...,"size":...}
std::string make_descriptor(std::string_view media_type, std::string_view data);

/// An image configuration; `config` is the object of that name.
std::string make_raw_config(const std::vector<RawLayer>& layers, const std::string& config = "{}");
std::string make_raw_manifest(const std::string& config, const std::vector<RawLayer>& layers);

/// Names and contents in the order in which they stand in the archive; a content that begins with "-> " is a link.
using RawFiles = std::vector<std::pair<std::string, std::string>>;

/// What `docker save` writes, called `name`.
RawFiles make_raw_docker_archive(const std::string& name, const std::vector<RawLayer>& layers, const std::string& config = "{}");
/// An OCI layout with one manifest.
RawFiles make_raw_layout(const std::string& name, const std::vector<RawLayer>& layers, const std::string& config = "{}");
/// The content of `name` is replaced, or a file is added.
void set_file(RawFiles& files, const std::string& name, std::string content);
std::string make_raw_archive(const RawFiles& files);

constexpr std::string_view oci_manifest_type = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view oci_index_type = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view oci_config_type = "application/vnd.oci.image.config.v1+json";

} // namespace skiff::test
