#pragma once

#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "store_box.hpp"

namespace skiff::store {

/// A store with ways to put small images into it.
class ImageBox : public StoreBox
{
  protected:
    static oci::Digest diff_id(const std::string& content) { return oci::Digest::of(content); }
    static std::vector<std::string> chain_of(const std::vector<std::string>& contents)
    {
        std::vector<oci::Digest> diff_ids;
        for (const std::string& content : contents)
            diff_ids.push_back(diff_id(content));
        return oci::chain_ids(diff_ids);
    }
    /// Layers with one file each, named after the content.
    static std::vector<LayerClaim> claim_layers(const Store& store, const std::vector<std::string>& contents)
    {
        std::vector<LayerClaim> claims;
        std::string parent;
        for (std::size_t i = 0; const std::string& id : chain_of(contents)) {
            LayerClaim claim = store.layers().claim(id);
            if (!claim.is_present()) {
                save_atomically(claim.diff(), contents[i], contents[i], Durability::None);
                save_atomically(claim.directory(), "tar-split.zst", "", Durability::None); // none of these is unpacked
                claim.commit({.parent = parent, .diff_id = diff_id(contents[i]).text(), .size = contents[i].size()});
            }
            parent = id;
            claims.push_back(std::move(claim));
            ++i;
        }
        return claims;
    }
    static NewImage make_image(const std::vector<std::string>& contents, const std::vector<std::string>& names,
                               const std::string& comment = {})
    {
        oci::ImageConfig config;
        config.created = "2024-01-02T03:04:05Z";
        config.comment = comment;
        config.platform = {"linux", "amd64", "", "", {}};
        config.config.labels = {{"kind", "test"}};
        oci::Manifest manifest;
        manifest.media_type = oci::media_type::oci_manifest;
        for (const std::string& content : contents) {
            config.diff_ids.push_back(diff_id(content));
            manifest.layers.push_back(
                {std::string{oci::media_type::oci_layer}, diff_id(content), content.size(), {}, {}, {}});
        }
        NewImage image;
        image.config = config.serialize();
        manifest.config = {
            std::string{oci::media_type::oci_config}, oci::Digest::of(image.config), image.config.size(), {}, {}, {}};
        image.manifest = manifest.serialize();
        image.names = names;
        return image;
    }
    static Image put(const Store& store, const std::vector<std::string>& contents,
                     const std::vector<std::string>& names, const std::string& comment = {})
    {
        const auto claims = claim_layers(store, contents);
        return store.images().put(make_image(contents, names, comment), store.use());
    }
    Image put(const std::vector<std::string>& contents, const std::vector<std::string>& names,
              const std::string& comment = {})
    {
        return put(store(), contents, names, comment);
    }
};

} // namespace skiff::store
