#include "build/new_image.hpp"

#include "oci/media_type.hpp"

#include <array>

namespace skiff::build {
namespace {

namespace type = oci::media_type;

/// The same thing in both languages. zstd has no name in Docker's; the one here is what others write.
struct LayerType
{
    std::string_view oci, docker;
};
constexpr std::array<LayerType, 3> layer_types{{
    {type::oci_layer, "application/vnd.docker.image.rootfs.diff.tar"},
    {type::oci_layer_gzip, "application/vnd.docker.image.rootfs.diff.tar.gzip"},
    {type::oci_layer_zstd, "application/vnd.docker.image.rootfs.diff.tar.zstd"},
}};

std::string layer_type_for(ImageFormat format, const std::string& media_type)
{
    for (const LayerType& known : layer_types)
        if (media_type == known.oci || media_type == known.docker)
            return std::string{format == ImageFormat::Oci ? known.oci : known.docker};
    return media_type; // non-distributable ones and the like are the same everywhere
}

} // namespace

ImageDraft ImageDraft::from(const store::Store& store, const store::Image& image)
{
    const oci::Manifest manifest = oci::Manifest::parse(store.images().load_manifest_text(image), image.media_type);
    ImageDraft draft;
    draft.config = store.images().load_config(image);
    draft.layers = manifest.layers;
    draft.diff_ids = draft.config.diff_ids;
    return draft;
}

ImageDraft ImageDraft::from_nothing()
{
    ImageDraft draft;
    draft.config.platform = oci::Platform::host();
    return draft;
}

ImageDocuments make_documents(const ImageDraft& draft)
{
    const bool is_oci = draft.format == ImageFormat::Oci;
    oci::ImageConfig config = draft.config;
    config.diff_ids = draft.diff_ids;
    const std::string config_text = config.serialize();
    oci::Manifest manifest;
    manifest.media_type = is_oci ? type::oci_manifest : type::docker_manifest;
    manifest.config.media_type = is_oci ? type::oci_config : type::docker_config;
    manifest.config.digest = oci::Digest::of(config_text);
    manifest.config.size = config_text.size();
    manifest.layers = draft.layers;
    if (is_oci)
        manifest.annotations = draft.annotations;
    for (oci::Descriptor& layer : manifest.layers)
        layer.media_type = layer_type_for(draft.format, layer.media_type);
    return {manifest.serialize(), manifest.media_type, config_text};
}

store::Image put_image(const store::Store& store, const ImageDraft& draft, const std::vector<std::string>& names)
{
    ImageDocuments documents = make_documents(draft);
    const store::StoreUse use = store.use();
    // A build that came from the cache ends here: the image is there, and has outlived what was to be synced.
    if (const auto known = store.images().find_id(oci::Digest::of(documents.config).hex);
        known && !known->is_read_only() && known->digest == oci::Digest::of(documents.manifest).text()) {
        for (const std::string& name : names)
            store.images().tag(known->id, oci::Reference::parse(name));
        return *known;
    }
    return store.images().put({std::move(documents.manifest), std::move(documents.media_type), std::move(documents.config), names}, use);
}

} // namespace skiff::build
