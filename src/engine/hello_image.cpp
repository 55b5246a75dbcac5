#include "engine/hello_image.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "engine/pull.hpp"
#include "oci/media_type.hpp"

#include <cstdint>

namespace skiff::engine {
namespace {

constexpr std::uint8_t layer_bytes[] = {
#include "engine/hello_layer.inc"
};

std::string_view layer() { return {reinterpret_cast<const char*>(layer_bytes), sizeof layer_bytes}; }

/// The image as a source like any other, so that it takes the same way into the store as what comes from a registry.
class BuiltIn : public registry::ImageSource
{
  public:
    registry::ImageDocument resolve(const oci::Platform& /*platform*/) override
    {
        registry::ImageDocument document;
        oci::ImageConfig& config = document.config;
        config.platform = oci::Platform::host();
        config.created = "2026-01-01T00:00:00Z";
        config.config.cmd = {"/hello"};
        config.config.labels = {{"org.opencontainers.image.title", "hello"}};
        config.diff_ids = {oci::Digest::of(layer())};
        config.history = {{config.created, "built into skiff", "", "", false}};
        document.config_bytes = config.serialize();
        oci::Manifest& manifest = document.manifest;
        manifest.media_type = oci::media_type::oci_manifest;
        manifest.config.media_type = oci::media_type::oci_config;
        manifest.config.digest = oci::Digest::of(document.config_bytes);
        manifest.config.size = document.config_bytes.size();
        oci::Descriptor blob;
        blob.media_type = oci::media_type::oci_layer;
        blob.digest = config.diff_ids[0];
        blob.size = layer().size();
        manifest.layers = {blob};
        document.manifest_bytes = manifest.serialize();
        document.manifest_digest = oci::Digest::of(document.manifest_bytes);
        return document;
    }

    void fetch(std::span<registry::BlobRequest> requests, registry::ProgressListener& /*progress*/) override
    {
        for (registry::BlobRequest& request : requests) {
            if (const UniqueFd sink = request.open_sink())
                write_all(sink.get(), layer(), "the built-in image");
            if (request.on_complete)
                request.on_complete();
        }
    }

    [[nodiscard]] std::string shown_name() const override { return "the built-in image"; }
};

} // namespace

std::string install_hello_image(Engine& engine)
{
    BuiltIn source;
    const registry::ImageDocument document = source.resolve(oci::Platform::host());
    Silence silence; // a few kilobytes that were here already are no news
    return store_image(engine, source, document, {"localhost/hello:latest"}, silence).id;
}

} // namespace skiff::engine
