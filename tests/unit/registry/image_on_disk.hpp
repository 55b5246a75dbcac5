#pragma once

#include <string>
#include <utility>
#include <vector>

namespace skiff::registry {

/// Files by name, in order, as they lie in a directory or archive.
using Files = std::vector<std::pair<std::string, std::string>>;

/// An image of one layer or more as the files of an OCI layout; index.json is up to add_layout_index.
struct LayoutParts
{
    Files blobs;
    std::string manifest;
    std::vector<std::string> layers;
};
LayoutParts make_layout_image(const std::vector<std::string>& layers, const std::string& architecture = "amd64");

/// An entry of index.json: the manifest, its annotations ("key" -> "value") and its architecture if it names one.
struct LayoutEntry
{
    std::string manifest;
    std::vector<std::pair<std::string, std::string>> annotations = {};
    std::string architecture = {};
};
/// oci-layout and index.json in front of the blobs.
Files make_layout(const std::vector<LayoutEntry>& entries, const Files& blobs);

/// What `docker save` wrote before version 25, with a link for a layer that is there twice.
Files make_docker_archive(const std::string& tags_json, const std::vector<std::string>& layers,
                          const std::string& config);
std::string make_config(const std::vector<std::string>& plain_layers);

/// A tar archive; a content that begins with "-> " makes a symlink.
std::string make_tar(const Files& files);
void write_files(const std::string& directory, const Files& files);
std::string compress_with(const char* program, const std::string& data); ///< empty when the machine lacks it

} // namespace skiff::registry
