#pragma once

#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::build {

enum class ImageFormat
{
    Oci,
    Docker, ///< schema 2: the only one that keeps health checks, ONBUILD and SHELL by its specification
};

/// An image that is made from another one, or from nothing.
struct ImageDraft
{
    oci::ImageConfig config;              ///< complete but for diff_ids, which are those of `layers`
    std::vector<oci::Descriptor> layers;  ///< lowest first, as the manifest names them; any format's types
    std::vector<oci::Digest> diff_ids;    ///< of the same layers
    std::map<std::string, std::string> annotations; ///< of the manifest; Docker's format has none
    ImageFormat format = ImageFormat::Oci;

    /// What `image` of the store is made of.
    static ImageDraft from(const store::Store& store, const store::Image& image);
    static ImageDraft from_nothing();
};

/// What the store and registries hold of an image beside its layers.
struct ImageDocuments
{
    std::string manifest;
    std::string media_type; ///< of the manifest
    std::string config;
};
ImageDocuments make_documents(const ImageDraft& draft);

/// Stores it under `names` (full). Its layers are in the store and claimed by the caller.
store::Image put_image(const store::Store& store, const ImageDraft& draft, const std::vector<std::string>& names);

} // namespace skiff::build
