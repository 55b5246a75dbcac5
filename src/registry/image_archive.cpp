#include "registry/image_archive.hpp"

#include "base/error.hpp"
#include "oci/image_config.hpp"
#include "oci/index.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* ref_name = "org.opencontainers.image.ref.name";

class DockerArchive final : public ImageArchive
{
  public:
    DockerArchive(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options)
        : shelf_{std::move(shelf)}, options_{std::move(options)}
    {
    }
    std::unique_ptr<ImageDestination> add_image(std::vector<std::string> names) override;

    void finish() override
    {
        Json repositories = Json::object();
        for (const auto& [repository, tags] : repositories_)
            for (const auto& [tag, layer] : tags)
                repositories[repository][tag] = layer;
        shelf_->put_text("repositories", repositories.dump() + "\n");
        shelf_->put_text("manifest.json", images_.dump() + "\n");
        shelf_->commit();
    }

    /// The same image under several names is one entry.
    void add(const std::string& config, const std::vector<std::string>& layers, const std::vector<std::string>& names)
    {
        auto known = std::find_if(images_.begin(), images_.end(),
                                  [&](const Json& image) { return image["Config"] == config; });
        if (known == images_.end()) {
            images_.push_back({{"Config", config}, {"RepoTags", Json::array()}, {"Layers", layers}});
            known = std::prev(images_.end());
        }
        for (const std::string& name : names) {
            Json& tags = (*known)["RepoTags"];
            if (std::find(tags.begin(), tags.end(), name) == tags.end())
                tags.push_back(name);
            const std::size_t colon = name.rfind(':');
            if (!layers.empty() && colon != std::string::npos)
                repositories_[name.substr(0, colon)][name.substr(colon + 1)] =
                    layers.back().substr(0, layers.back().find('.'));
        }
    }
    ImageShelf& shelf() { return *shelf_; }
    [[nodiscard]] const ArchiveOptions& options() const { return options_; }

  private:
    std::shared_ptr<ImageShelf> shelf_;
    ArchiveOptions options_;
    Json images_ = Json::array();
    std::map<std::string, std::map<std::string, std::string>> repositories_;
};

std::string layer_path(const oci::Digest& digest) { return digest.hex + ".tar"; }
std::string config_path(const oci::Digest& digest) { return digest.hex + ".json"; }

class DockerArchiveImage final : public ImageDestination
{
  public:
    DockerArchiveImage(DockerArchive& archive, std::vector<std::string> names)
        : archive_{archive}, names_{std::move(names)}
    {
    }
    [[nodiscard]] LayerForm layer_form() const override { return LayerForm::Plain; }
    [[nodiscard]] std::string manifest_kind() const override { return "docker"; }
    [[nodiscard]] bool takes_indexes() const override { return false; }
    [[nodiscard]] std::string shown_name() const override { return archive_.options().shown; }

    bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& /*repositories*/) override
    {
        return archive_.shelf().has(layer_path(blob.digest));
    }
    BlobFacts put_blob(const OutgoingBlob& blob) override { return archive_.shelf().put(blob, layer_path); }

    void put_config(const std::string& bytes) override
    {
        archive_.shelf().put_text(config_path(oci::Digest::of(bytes)), bytes);
    }
    void put_manifest(const std::string& bytes, const std::string& media_type, bool /*is_part*/) override
    {
        const oci::Manifest manifest = oci::Manifest::parse(bytes, media_type);
        std::vector<std::string> layers;
        for (const oci::Descriptor& layer : manifest.layers)
            layers.push_back(layer_path(layer.digest));
        archive_.add(config_path(manifest.config.digest), layers, names_);
    }

  private:
    DockerArchive& archive_;
    std::vector<std::string> names_;
};

std::unique_ptr<ImageDestination> DockerArchive::add_image(std::vector<std::string> names)
{
    return std::make_unique<DockerArchiveImage>(*this, std::move(names));
}

class Layout final : public ImageArchive
{
  public:
    Layout(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options, const std::string& existing_index)
        : shelf_{std::move(shelf)}, options_{std::move(options)}
    {
        index_.media_type = oci::media_type::oci_index;
        if (!existing_index.empty())
            index_ = oci::Index::parse(existing_index);
    }
    std::unique_ptr<ImageDestination> add_image(std::vector<std::string> names) override;

    void finish() override
    {
        shelf_->put_text("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
        shelf_->put_text("index.json", index_.serialize());
        shelf_->commit();
    }

    void add(const oci::Descriptor& entry, const std::vector<std::string>& names)
    {
        if (names.empty()) {
            drop([&](const oci::Descriptor& old) { return old.digest == entry.digest && !old.annotations.contains(ref_name); });
            index_.manifests.push_back(entry);
        }
        for (const std::string& name : names) {
            drop([&](const oci::Descriptor& old) {
                const auto found = old.annotations.find(ref_name);
                return found != old.annotations.end() && found->second == name;
            });
            index_.manifests.push_back(entry);
            index_.manifests.back().annotations[ref_name] = name;
        }
    }
    ImageShelf& shelf() { return *shelf_; }
    [[nodiscard]] const ArchiveOptions& options() const { return options_; }

  private:
    template <typename Is>
    void drop(const Is& is)
    {
        std::erase_if(index_.manifests, is);
    }

    std::shared_ptr<ImageShelf> shelf_;
    ArchiveOptions options_;
    oci::Index index_;
};

std::string blob_path(const oci::Digest& digest) { return cat("blobs/", digest.algorithm, "/", digest.hex); }

class LayoutImage final : public ImageDestination
{
  public:
    LayoutImage(Layout& layout, std::vector<std::string> names) : layout_{layout}, names_{std::move(names)} {}
    [[nodiscard]] LayerForm layer_form() const override { return layout_.options().layers; }
    [[nodiscard]] std::string manifest_kind() const override { return "oci"; }
    [[nodiscard]] std::string shown_name() const override { return layout_.options().shown; }

    bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& /*repositories*/) override
    {
        return layout_.shelf().has(blob_path(blob.digest));
    }
    BlobFacts put_blob(const OutgoingBlob& blob) override { return layout_.shelf().put(blob, blob_path); }
    void put_manifest(const std::string& bytes, const std::string& media_type, bool is_part) override
    {
        oci::Descriptor entry;
        entry.media_type = media_type;
        entry.digest = oci::Digest::of(bytes);
        entry.size = bytes.size();
        layout_.shelf().put(make_memory_blob(bytes), blob_path);
        if (!is_part)
            layout_.add(entry, names_);
    }

  private:
    Layout& layout_;
    std::vector<std::string> names_;
};

std::unique_ptr<ImageDestination> Layout::add_image(std::vector<std::string> names)
{
    return std::make_unique<LayoutImage>(*this, std::move(names));
}

class DirectoryArchive final : public ImageArchive
{
  public:
    DirectoryArchive(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options)
        : shelf_{std::move(shelf)}, options_{std::move(options)}
    {
    }
    std::unique_ptr<ImageDestination> add_image(std::vector<std::string> names) override;
    void finish() override
    {
        shelf_->put_text("version", "Directory Transport Version: 1.1\n");
        shelf_->commit();
    }
    ImageShelf& shelf() { return *shelf_; }
    [[nodiscard]] const ArchiveOptions& options() const { return options_; }

  private:
    std::shared_ptr<ImageShelf> shelf_;
    ArchiveOptions options_;
};

std::string directory_path(const oci::Digest& digest) { return digest.hex; }

class DirectoryImage final : public ImageDestination
{
  public:
    explicit DirectoryImage(DirectoryArchive& directory) : directory_{directory} {}
    [[nodiscard]] LayerForm layer_form() const override { return directory_.options().layers; }
    [[nodiscard]] std::string shown_name() const override { return directory_.options().shown; }
    bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& /*repositories*/) override
    {
        return directory_.shelf().has(blob.digest.hex);
    }
    BlobFacts put_blob(const OutgoingBlob& blob) override { return directory_.shelf().put(blob, directory_path); }
    void put_manifest(const std::string& bytes, const std::string& /*media_type*/, bool is_part) override
    {
        directory_.shelf().put_text(is_part ? oci::Digest::of(bytes).hex + ".manifest.json" : "manifest.json", bytes);
    }

  private:
    DirectoryArchive& directory_;
};

std::unique_ptr<ImageDestination> DirectoryArchive::add_image(std::vector<std::string> /*names*/)
{
    return std::make_unique<DirectoryImage>(*this);
}

} // namespace

std::unique_ptr<ImageArchive> make_docker_archive(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options)
{
    return std::make_unique<DockerArchive>(std::move(shelf), std::move(options));
}

std::unique_ptr<ImageArchive> make_oci_layout(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options,
                                              const std::string& existing_index)
{
    return std::make_unique<Layout>(std::move(shelf), std::move(options), existing_index);
}

std::unique_ptr<ImageArchive> make_directory_image(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options)
{
    return std::make_unique<DirectoryArchive>(std::move(shelf), std::move(options));
}

} // namespace skiff::registry
