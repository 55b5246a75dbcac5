#include "store/check.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/digest.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "store/build_cache.hpp"
#include "store/image_names.hpp"
#include "store/record_file.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace skiff::store {
namespace {

constexpr std::array layout{"blobs", "blobs/sha256", "layers", "images", "containers", "volumes", "names",
                            "names/containers", "names/images", "staging", "trash"};

/// One of the stores: this one, or an additional one.
struct Place
{
    int data = -1;
    std::string path;
    bool read_only = false;
};

class Examination
{
  public:
    Examination(const Store& store, const CheckOptions& options) : store_{store}, options_{options} {}

    Findings run()
    {
        std::vector<Place> places{{store_.root().data(), store_.root().data_path(), false}};
        for (const OtherStore& other : store_.root().others())
            places.push_back({other.data.get(), other.path, true});
        {
            const StoreUse use = store_.use(); // what is looked at in here, nobody removes meanwhile
            for (const Place& place : places)
                look_at_place(place);
            look_at_containers();
            look_at_volumes();
            look_for_leftovers();
        }
        if (!options_.quick)
            for (const Place& place : places)
                read_layers(place);
        return std::move(findings_);
    }

  private:
    void add(const Place& place, Damage::Of of, const std::string& id, const std::string& text)
    {
        findings_.damages.push_back({of, id, place.read_only ? cat(text, " (in ", quoted(place.path), ")") : text, place.read_only});
    }
    void add_own(Damage::Of of, const std::string& id, const std::string& text)
    {
        findings_.damages.push_back({of, id, text, false});
    }
    void add_leftover(const std::string& path, const std::string& text)
    {
        struct stat status
        {
        };
        if (::fstatat(store_.root().data(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return; // somebody has taken it away
        const auto age = std::chrono::seconds{::time(nullptr) - status.st_mtime};
        findings_.leftovers.push_back({text, age >= options_.max_age});
    }

    // Images and layers. ------------------------------------------------------------------------------------------

    void look_at_place(const Place& place)
    {
        if (!place.read_only)
            look_at_layout(place);
        needed_ = place.read_only ? std::set<std::string>{} : BuildCache{store_.root()}.layers();
        for (const DirectoryEntry& entry : list_place(place.data, "images"))
            look_at_image(place, entry.name);
        for (const DirectoryEntry& entry : list_place(place.data, "layers"))
            look_at_layer(place, entry.name);
    }

    void look_at_layout(const Place& place)
    {
        for (const char* name : layout) {
            struct stat status
            {
            };
            if (::fstatat(place.data, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                add(place, Damage::Of::Store, name, "the directory is missing");
            else if (!S_ISDIR(status.st_mode))
                add(place, Damage::Of::Store, name, "is no directory");
            else if (status.st_uid != ::geteuid())
                add(place, Damage::Of::Store, name, cat("the directory belongs to another user (uid ", status.st_uid, ")"));
            else if ((status.st_mode & 0700U) != 0700U)
                add(place, Damage::Of::Store, name, "the directory cannot be written by its owner");
        }
    }

    /// Every temporary file begins with a point.
    static bool is_temporary(const std::string& name) { return name.starts_with('.'); }

    void look_at_image(const Place& place, const std::string& file)
    {
        if (is_temporary(file))
            return;
        const std::string id = file.substr(0, file.rfind(".json"));
        const auto complain = [&](const std::string& text) { add(place, Damage::Of::Image, id, text); };
        std::optional<Image> image;
        try {
            image = place.read_only ? find_in_other_path(place, id) : find_own(id);
        } catch (const Error& error) {
            return complain(error.message());
        }
        if (!image)
            return is_id(id) ? void() : complain("is no image's name");
        if (image->id != id)
            return complain(cat("image record says that it is ", printable(image->id)));
        look_at_documents(place, *image, complain);
        for (const std::string& layer : image->layers) {
            needed_.insert(layer);
            if (!store_.layers().find(layer))
                complain(cat("image layer is missing: ", layer));
        }
    }

    std::optional<Image> find_own(const std::string& id) const
    {
        auto image = store_.images().find_id(id);
        return image && !image->is_read_only() ? image : std::nullopt;
    }
    std::optional<Image> find_in_other_path(const Place& place, const std::string& id) const
    {
        for (const OtherStore& other : store_.root().others())
            if (other.path == place.path)
                return find_in_other(other, id);
        return std::nullopt;
    }

    static std::optional<std::string> find_blob(const Place& place, const std::string& digest)
    {
        return find_record(place.data, cat("blobs/sha256/", oci::Digest::parse(digest).hex));
    }

    template <typename Complain>
    void look_at_documents(const Place& place, const Image& image, const Complain& complain)
    {
        const auto look = [&](const std::string& digest, const char* what) -> std::optional<std::string> {
            try {
                auto text = find_blob(place, digest);
                if (!text)
                    complain(cat("image data item is missing: ", what, " ", digest));
                else if (oci::Digest::of(*text).text() != digest)
                    complain(cat("image data item has incorrect content: ", what, " ", digest));
                else
                    return text;
            } catch (const Error& error) {
                complain(cat("image data item cannot be read: ", what, ": ", error.message()));
            }
            return std::nullopt;
        };
        for (const std::string& digest : image.digests)
            look(digest, "manifest");
        const auto config = look(cat("sha256:", image.id), "configuration");
        if (!config)
            return;
        try {
            if (oci::chain_ids(oci::ImageConfig::parse(*config).diff_ids) != image.layers)
                complain("image record names other layers than its configuration");
        } catch (const Error& error) {
            complain(cat("image data item cannot be read: configuration: ", error.message()));
        }
    }

    void look_at_layer(const Place& place, const std::string& hex)
    {
        const std::string path = cat("layers/", hex);
        const std::string id = cat("sha256:", hex);
        const auto complain = [&](const std::string& text) { add(place, Damage::Of::Layer, id, text); };
        if (!is_id(hex))
            return complain("layer in lower level storage driver not accounted for: is no chain id");
        const auto layer = store_.layers().find(id);
        if (!layer) {
            if (exists_at(place.data, cat(path, "/layer.json")) || !is_claimed(hex))
                complain("layer in lower level storage driver not accounted for: it has no record that can be trusted");
            return;
        }
        struct stat status
        {
        };
        if (::fstatat(place.data, cat(path, "/diff").c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode))
            complain("layer data item is missing: its directory of files");
        if (::fstatat(place.data, cat(path, "/tar-split.zst").c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            complain("layer data item is missing: tar-split.zst, without which it cannot be saved or pushed");
        else if (!place.read_only && status.st_uid != ::geteuid())
            complain(cat("tar-split.zst belongs to another user (uid ", status.st_uid, ")"));
        if (layer->id != id || chain_id(*layer) != id)
            complain(cat("layer record does not fit: diff id ", printable(layer->diff_id), " on ",
                         layer->parent.empty() ? "nothing" : printable(layer->parent), " is ", chain_id(*layer)));
        if (!layer->parent.empty() && !store_.layers().find(layer->parent))
            complain(cat("the layer below it is missing: ", printable(layer->parent)));
        if (!place.read_only && !needed_.contains(id) && !is_claimed(hex) && !is_below_another(id) && !is_in_containers(id))
            add_leftover(path, cat("layer not referenced: ", id));
    }

    static std::string chain_id(const Layer& layer)
    {
        if (layer.parent.empty())
            return layer.diff_id;
        return oci::Digest::of(cat(layer.parent, " ", layer.diff_id)).text();
    }

    [[nodiscard]] bool is_claimed(const std::string& hex) const { return !store_.root().try_lock(cat("layer-", hex)); }

    bool is_below_another(const std::string& id)
    {
        if (!parents_) {
            parents_.emplace();
            for (const Layer& layer : store_.layers().list())
                if (needed_.contains(layer.id))
                    parents_->insert(layer.parent);
        }
        return parents_->contains(id);
    }
    bool is_in_containers(const std::string& id)
    {
        if (!container_layers_) {
            container_layers_.emplace();
            for (const ContainerRecord& container : store_.containers().list())
                container_layers_->insert(container.config.layers.begin(), container.config.layers.end());
        }
        return container_layers_->contains(id);
    }

    /// With a claim on each instead of on the whole store: reading all files may take minutes.
    void read_layers(const Place& place)
    {
        for (const DirectoryEntry& entry : list_place(place.data, "layers")) {
            const std::string id = cat("sha256:", entry.name);
            const auto layer = is_id(entry.name) ? store_.layers().find(id) : std::nullopt;
            if (!layer || layer->other_store.empty() == place.read_only)
                continue;
            const auto claim = store_.layers().try_claim(id);
            if (!claim || !claim->is_present())
                continue;
            try {
                const UniqueFd dir = open_at(place.data, cat("layers/", entry.name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
                if (!exists_at(dir.get(), "diff") || !exists_at(dir.get(), "tar-split.zst"))
                    continue; // said already
                for (const std::string& problem : check_layer_content(dir.get(), layer->diff_id, layer->one_id))
                    add(place, Damage::Of::Layer, id, problem);
            } catch (const Error& error) {
                add(place, Damage::Of::Layer, id, cat("cannot be read: ", error.message()));
            }
        }
    }

    // Containers and volumes. -------------------------------------------------------------------------------------

    void look_at_containers()
    {
        for (const std::string& id : store_.containers().list_ids())
            look_at_container(id);
    }

    void look_at_container(const std::string& id)
    {
        // One that is removed while we look at it lacks this and that.
        const auto complain = [&](const std::string& text) {
            if (exists_at(store_.root().data(), cat("containers/", id)))
                add_own(Damage::Of::Container, id, text);
        };
        ContainerConfig config;
        try {
            config = store_.containers().load_config(id);
        } catch (const Error& error) {
            if (!store_.containers().exists(id))
                return; // gone meanwhile
            if (error.kind() == ErrorKind::NotFound || is_empty_record(id))
                return add_leftover(cat("containers/", id), cat("container without a record: ", id));
            return complain(cat("container data item has incorrect content: ", error.message()));
        }
        if (find_link_at(store_.root().data(), cat("names/containers/", config.name)) != id)
            complain(cat("its name ", quoted(config.name), " does not lead to it"));
        if (!config.image_id.empty() && !store_.images().find_id(config.image_id))
            complain(cat("image missing: ", config.image_id));
        for (const std::string& layer : config.layers)
            if (!store_.layers().find(layer))
                complain(cat("image layer is missing: ", layer));
        struct stat status
        {
        };
        if (::fstatat(store_.root().data(), cat("containers/", id).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_uid != ::geteuid())
            complain(cat("its directory belongs to another user (uid ", status.st_uid, ")"));
    }

    [[nodiscard]] bool is_empty_record(const std::string& id) const
    {
        const auto text = find_record(store_.root().data(), cat("containers/", id, "/config.json"));
        return !text || text->empty();
    }

    void look_at_volumes()
    {
        for (const DirectoryEntry& entry : list_place(store_.root().data(), "volumes")) {
            if (is_temporary(entry.name))
                continue;
            try {
                if (!store_.volumes().find_exact(entry.name)) {
                    add_leftover(cat("volumes/", entry.name), cat("volume without a record: ", entry.name));
                    continue;
                }
            } catch (const Error& error) {
                add_own(Damage::Of::Volume, entry.name, error.message());
                continue;
            }
            if (!exists_at(store_.root().data(), cat("volumes/", entry.name, "/_data")))
                add_own(Damage::Of::Volume, entry.name, "its directory of files is missing");
        }
    }

    // What is only in the way. ------------------------------------------------------------------------------------

    void look_for_leftovers()
    {
        const Root& root = store_.root();
        for (const auto& [id, names] : image_names::list(root.data()))
            if (!find_own_quietly(id))
                for (const std::string& name : names)
                    add_leftover("names/images", cat("name of an image that is not there: ", name));
        for (const DirectoryEntry& entry : list_place(root.data(), "names/containers"))
            if (const auto id = find_link_at(root.data(), cat("names/containers/", entry.name));
                id && !store_.containers().exists(*id))
                add_leftover(cat("names/containers/", entry.name), cat("name of a container that is not there: ", entry.name));
        std::set<std::string> secrets;
        for (const Secret& secret : store_.secrets().list())
            secrets.insert(secret.id);
        for (const DirectoryEntry& entry : list_place(root.data(), "secrets"))
            if (!secrets.contains(entry.name))
                add_leftover(cat("secrets/", entry.name), cat("secret without a name: ", entry.name));
        for (const DirectoryEntry& entry : list_place(root.data(), "trash"))
            add_leftover(cat("trash/", entry.name), cat("removed, but still there: ", entry.name));
        look_for_needless_blobs();
    }

    [[nodiscard]] bool find_own_quietly(const std::string& id) const
    {
        return is_id(id) && exists_at(store_.root().data(), cat("images/", id, ".json"));
    }

    void look_for_needless_blobs()
    {
        std::set<std::string> needed;
        for (const Image& image : read_image_records(store_.root().data())) {
            needed.insert(image.id);
            for (const std::string& digest : image.digests)
                needed.insert(digest.substr(digest.find(':') + 1));
        }
        for (const DirectoryEntry& entry : list_place(store_.root().data(), "blobs/sha256"))
            if (!needed.contains(entry.name))
                add_leftover(cat("blobs/sha256/", entry.name), cat("document that no image needs: ", entry.name));
    }

    const Store& store_;
    const CheckOptions& options_;
    Findings findings_;
    std::set<std::string> needed_; ///< layers of the images of the place that is looked at
    std::optional<std::set<std::string>> parents_, container_layers_;
};

/// A directory that our own user can use again.
void mend_directory(int data, const char* name)
{
    struct stat status
    {
    };
    if (::fstatat(data, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(status.st_mode))
        remove_file_at(data, name);
    (void)make_directory_at(data, name);
    if (::fchownat(data, name, ::geteuid(), ::getegid(), AT_SYMLINK_NOFOLLOW) != 0)
        throw Error{errno, cat("taking over directory ", quoted(name))};
    if ((status.st_mode & 0700U) != 0700U && ::fchmodat(data, name, 0700, 0) != 0)
        throw Error{errno, cat("opening directory ", quoted(name))};
}

} // namespace

Findings check(const Store& store, const CheckOptions& options) { return Examination{store, options}.run(); }

void mend_layout(const Store& store)
{
    const int data = store.root().data();
    for (const char* name : layout) {
        struct stat status
        {
        };
        if (::fstatat(data, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode) ||
            status.st_uid != ::geteuid() || (status.st_mode & 0700U) != 0700U)
            mend_directory(data, name);
    }
    for (const std::string& id : store.containers().list_ids())
        store.containers().mend_name(id);
}

} // namespace skiff::store
