#pragma once

#include "registry/image_files.hpp"
#include "registry/local_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace skiff::registry {

/// An image of a layout, with the names it has there as they are written ("latest", "docker.io/library/debian:12").
struct LayoutImage
{
    LocalImage image;
    std::vector<std::string> written_names;
};

/// The images of an OCI image layout: one for each name in index.json, entries of one digest together; the entries
/// without a name that differ by platform only are one image. `shown` is put in front of messages. Source: OCI image
/// layout specification; org.opencontainers.image.ref.name, and containerd's io.containerd.image.name.
std::vector<LayoutImage> read_oci_layout(const std::shared_ptr<const ImageFiles>& files, const std::string& shown);

} // namespace skiff::registry
