#pragma once

#include "oci/image_config.hpp"
#include "oci/reference.hpp"
#include "store/image.hpp"
#include "store/layers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class StoreUse;

/// An image that is about to become one of the store. Its layers are there and claimed.
struct NewImage
{
    std::string manifest;           ///< the document as it came, or as it was made
    std::string manifest_type;      ///< its media type; empty: what the document says
    std::string config;             ///< the configuration blob
    std::vector<std::string> names; ///< full, with tag or digest
};

/// A list of images, `manifest list` or index, that is made or changed here.
struct ImageList
{
    std::string id; ///< of the one that is changed; empty: a new one
    std::string index;
    std::map<std::string, std::string> parts; ///< as in Image
    std::vector<std::string> names;           ///< further ones
};

struct FoundImage
{
    Image image;
    std::string name; ///< the full name by which it was found; empty when by id
};

/// DATA/images/ID.json, DATA/names/images/NAME -> ID (with "+" for "/"), DATA/blobs/sha256/HEX
class Images
{
  public:
    explicit Images(const Root& root) : root_{&root}, layers_{root} {}

    /// Commits an image whose layers are all in the store; one that is there already gets the further names and digest.
    /// Names move from other images. All is on disk before it is visible (one syncfs).
    Image put(const NewImage& image, const StoreUse& use) const;

    /// Commits a list. It keeps its id when it changes.
    Image put_list(const ImageList& list, const StoreUse& use) const;

    /// What a user calls `text`: a full or short name, an id or a unique beginning of one (with or without "sha256:").
    /// Short names are tried in localhost/, docker.io/library/ and then any registry; names beat ids.
    /// For the sake of `run`, the find functions leave `names` empty; names_of tells them.
    [[nodiscard]] std::optional<FoundImage> find(const std::string& text) const;
    [[nodiscard]] FoundImage resolve(const std::string& text) const; ///< throws Error(NotFound) `X: image not known`
    /// By exact full name.
    [[nodiscard]] std::optional<Image> find_named(const oci::Reference& name) const;
    [[nodiscard]] std::optional<Image> find_id(const std::string& id) const;
    /// By the digest of one of its manifests.
    [[nodiscard]] std::optional<Image> find_digest(const std::string& digest) const;

    [[nodiscard]] std::vector<std::string> names_of(const Image& image) const;
    /// Newest first, with their names: those of this store, which can be removed.
    [[nodiscard]] std::vector<Image> list() const;
    /// And those of additional stores. An image that is in several is told several times, this store's first.
    [[nodiscard]] std::vector<Image> list_all() const;

    /// Empty for a list of images.
    [[nodiscard]] oci::ImageConfig load_config(const Image& image) const;
    [[nodiscard]] std::string load_config_text(const Image& image) const;
    [[nodiscard]] std::string load_manifest_text(const Image& image) const;

    /// Gives an image a name, taking it from another one if need be. One of another store becomes one of this store,
    /// too, with its layers left where they are.
    void tag(const std::string& id, const oci::Reference& name) const;
    /// Throws `X: tag not known`.
    void untag(const std::string& id, const std::string& name) const;
    /// Removes the record and its names. Blobs and layers that nobody needs any more are collect_garbage's.
    bool remove(const std::string& id, const StoreAlone& alone) const;

  private:
    void adopt(const Image& image) const;
    [[nodiscard]] std::optional<FoundImage> find_short(const oci::Reference& name) const;
    [[nodiscard]] std::optional<FoundImage> find_prefix(const std::string& prefix) const;

    const Root* root_;
    Layers layers_;
};

} // namespace skiff::store
