#pragma once

#include "archive/compression.hpp"
#include "build/new_image.hpp"
#include "engine/engine.hpp"
#include "registry/image_destination.hpp"
#include "registry/image_source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace skiff::engine {

/// How a layer is to be written.
struct LayerCoding
{
    bool original = false; ///< the very bytes that the manifest names; else:
    archive::Compression compression = archive::Compression::None;
    int level = 0; ///< 0: the format's default
};

/// An image on its way out, from the store or from another source. What a manifest says of its layers is known; their
/// bytes are made or fetched when a destination asks, also from several threads at once.
class OutgoingImage
{
  public:
    OutgoingImage() = default;
    OutgoingImage(const OutgoingImage&) = delete;
    OutgoingImage& operator=(const OutgoingImage&) = delete;
    virtual ~OutgoingImage() = default;

    [[nodiscard]] const std::string& manifest_bytes() const { return manifest_bytes_; }
    [[nodiscard]] const oci::Manifest& manifest() const { return manifest_; }
    [[nodiscard]] const std::string& config_bytes() const { return config_bytes_; }
    [[nodiscard]] const std::vector<oci::Digest>& diff_ids() const { return diff_ids_; }

    /// No image of files (ImageDocument::is_opaque): it is sent as it is.
    [[nodiscard]] bool is_opaque() const { return is_opaque_; }
    /// Whether LayerCoding::original is possible.
    [[nodiscard]] virtual bool has_original(std::size_t layer) const = 0;
    /// Bytes of the uncompressed layer; nothing when that is only known afterwards.
    [[nodiscard]] virtual std::optional<std::uint64_t> plain_size(std::size_t layer) const = 0;
    /// "host/repository" of the registry that has the blobs already; empty elsewhere.
    [[nodiscard]] virtual std::string repository() const { return {}; }
    virtual std::unique_ptr<registry::BlobReader> open(std::size_t layer, const LayerCoding& coding,
                                                       std::uint64_t skip) = 0;

  protected:
    std::string manifest_bytes_;
    oci::Manifest manifest_;
    std::string config_bytes_;
    std::vector<oci::Digest> diff_ids_;
    bool is_opaque_ = false;
};

/// An image of the store. Layers are made again from their files, byte for byte; the compressed form that they came in
/// is gone. Enters the user namespace. The layers stay claimed as long as it lives.
std::unique_ptr<OutgoingImage> open_stored_image(Engine& engine, const store::Image& image);

/// The same of layers (chain ids, lowest first) that are no image of the store; `draft` says what they are.
std::unique_ptr<OutgoingImage> open_stored_layers(Engine& engine, const build::ImageDraft& draft, const std::vector<std::string>& layers);

using OpenSource = std::function<std::shared_ptr<registry::ImageSource>()>;

/// What a source has. `document` was resolved by `source`; `open_another` gives further sources of the same image,
/// resolved, for transfers at the same time; without it `source` itself is good for several threads.
std::unique_ptr<OutgoingImage> open_foreign_image(std::shared_ptr<registry::ImageSource> source,
                                                  const registry::ImageDocument& document, OpenSource open_another,
                                                  std::string repository);

} // namespace skiff::engine
