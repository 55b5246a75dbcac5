// An image of the store as one that goes out: a part of outgoing_image.hpp.

#include "engine/outgoing_image.hpp"

#include "archive/layer_worker.hpp"
#include "archive/tar_split.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::engine {
namespace {

/// What a worker writes.
class JobReader final : public registry::BlobReader
{
  public:
    explicit JobReader(archive::LayerJob job) : job_{std::move(job)}, bytes_{job_.output_fd()} {}
    std::size_t read(char* into, std::size_t room) override { return bytes_.read(into, room); }
    registry::BlobFacts finish() override
    {
        const archive::LayerResult result = job_.finish();
        return {oci::Digest::parse(result.digest), result.size};
    }

  private:
    archive::LayerJob job_;
    archive::FdSource bytes_;
};

class StoredImage final : public OutgoingImage
{
  public:
    StoredImage(Engine& engine, const build::ImageDocuments& documents, const std::vector<std::string>& layers);
    [[nodiscard]] bool has_original(std::size_t layer) const override
    {
        return manifest_.layers[layer].digest == diff_ids_[layer];
    }
    [[nodiscard]] std::optional<std::uint64_t> plain_size(std::size_t layer) const override
    {
        return has_original(layer) ? manifest_.layers[layer].size : sizes_[layer];
    }
    std::unique_ptr<registry::BlobReader> open(std::size_t layer, const LayerCoding& coding,
                                               std::uint64_t skip) override;

  private:
    [[nodiscard]] UniqueFd open_split(std::size_t layer) const
    {
        return open_at(AT_FDCWD, directories_[layer] + "/tar-split.zst", O_RDONLY);
    }

    std::vector<store::LayerClaim> claims_;
    std::vector<std::string> directories_;
    std::vector<std::uint64_t> sizes_;
};

StoredImage::StoredImage(Engine& engine, const build::ImageDocuments& documents, const std::vector<std::string>& layers)
{
    engine.enter_user_namespace(); // layers have files of subordinate ids
    const store::Store& store = engine.store();
    manifest_bytes_ = documents.manifest;
    manifest_ = oci::Manifest::parse(manifest_bytes_, documents.media_type);
    config_bytes_ = documents.config;
    const oci::ImageConfig config = oci::ImageConfig::parse(config_bytes_);
    oci::require_same_layers(manifest_, config);
    diff_ids_ = config.diff_ids;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        claims_.push_back(store.layers().claim(layers[i]));
        if (!claims_.back().is_present())
            throw Error{ErrorKind::NotFound, cat(layers[i], ": layer not known")};
        directories_.push_back(store.layers().directory(layers[i]));
        sizes_.push_back(has_original(i) ? manifest_.layers[i].size : archive::measure_tar(open_split(i).get()));
    }
}

std::unique_ptr<registry::BlobReader> StoredImage::open(std::size_t layer, const LayerCoding& coding, std::uint64_t skip)
{
    return while_doing(cat("reading layer ", diff_ids_[layer].hex.substr(0, 12)), [&] {
        const UniqueFd split = open_split(layer);
        const UniqueFd diff = open_at(AT_FDCWD, directories_[layer] + "/diff", O_RDONLY | O_DIRECTORY);
        archive::LayerRequest request;
        request.tar_split = split.get();
        request.diff_dir = diff.get();
        request.compression = coding.original ? archive::Compression::None : coding.compression;
        request.level = coding.level;
        request.diff_id = diff_ids_[layer].text();
        request.skip = skip;
        request.title = diff_ids_[layer].hex.substr(0, 12);
        return std::make_unique<JobReader>(archive::LayerJob::start(request));
    });
}

} // namespace

std::unique_ptr<OutgoingImage> open_stored_image(Engine& engine, const store::Image& image)
{
    return while_doing(cat("reading image ", image.id.substr(0, 12)),
                       [&] {
                           const store::Images& images = engine.store().images();
                           return std::make_unique<StoredImage>(
                               engine, build::ImageDocuments{images.load_manifest_text(image), image.media_type, images.load_config_text(image)},
                               image.layers);
                       });
}

std::unique_ptr<OutgoingImage> open_stored_layers(Engine& engine, const build::ImageDraft& draft, const std::vector<std::string>& layers)
{
    return std::make_unique<StoredImage>(engine, build::make_documents(draft), layers);
}

} // namespace skiff::engine
