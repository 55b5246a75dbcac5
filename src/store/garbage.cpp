#include "store/garbage.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/blobs.hpp"
#include "store/build_cache.hpp"
#include "store/image_names.hpp"
#include "store/record_file.hpp"
#include "store/staging.hpp"
#include "store/store.hpp"

#include <set>

namespace skiff::store {
namespace {

std::map<std::string, std::uint64_t> layer_sizes(const Store& store)
{
    std::map<std::string, std::uint64_t> sizes;
    for (const Layer& layer : store.layers().list())
        sizes[layer.id] = layer.size;
    return sizes;
}

/// Its configuration and manifests; no two images have the same.
std::uint64_t size_of_documents(const Store& store, const Image& image)
{
    std::uint64_t bytes = 0;
    const auto add = [&](const std::string& hex) {
        struct stat status
        {
        };
        if (::fstatat(store.root().data(), cat("blobs/sha256/", hex).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += static_cast<std::uint64_t>(status.st_size);
    };
    add(image.id);
    for (const std::string& digest : image.digests)
        add(digest.substr(digest.find(':') + 1));
    return bytes;
}

struct Needed
{
    std::set<std::string> layers;
    std::set<std::string> blobs;
};

Needed needed_in(const Store& store)
{
    Needed needed;
    for (const Image& image : read_image_records(store.root().data())) {
        needed.layers.insert(image.layers.begin(), image.layers.end());
        needed.blobs.insert(image.digests.begin(), image.digests.end());
        needed.blobs.insert(cat("sha256:", image.id));
    }
    for (const ContainerRecord& container : store.containers().list()) {
        needed.layers.insert(container.config.layers.begin(), container.config.layers.end());
        for (const MountConfig& mount : container.config.mounts)
            if (const auto image = mount.type == MountType::Image ? store.images().find_id(mount.source) : std::nullopt)
                needed.layers.insert(image->layers.begin(), image->layers.end());
    }
    // What builds may use again, with all that lies below.
    for (std::string id : BuildCache{store.root()}.layers())
        while (!id.empty() && needed.layers.insert(id).second) {
            const auto layer = store.layers().find(id);
            id = layer ? layer->parent : "";
        }
    return needed;
}

void remove_layers(const Store& store, const StoreAlone& alone, const std::set<std::string>& needed, Garbage& garbage)
{
    const auto sizes = layer_sizes(store);
    for (const DirectoryEntry& entry : list_place(store.root().data(), "layers")) {
        const std::string id = cat("sha256:", entry.name);
        if (!is_id(entry.name) || needed.contains(id) || !store.layers().remove(id, alone))
            continue;
        garbage.layers.push_back(id);
        if (const auto size = sizes.find(id); size != sizes.end())
            garbage.bytes += size->second;
    }
}

void remove_blobs(const Root& root, const std::set<std::string>& needed, Garbage& garbage)
{
    for (const std::string& digest : blobs::list(root)) {
        if (needed.contains(digest))
            continue;
        if (const auto data = blobs::find(root, digest))
            garbage.bytes += data->size();
        blobs::remove(root, digest);
    }
}

void remove_stale_names(const Root& root)
{
    for (const auto& [id, names] : image_names::list(root.data()))
        if (!is_id(id) || !exists_at(root.data(), cat("images/", id, ".json")))
            for (const std::string& name : names)
                image_names::remove(root, name, id);
}

/// Of layers in additional stores, once these are gone. Else they stay: they are what makes the next start quick.
void remove_twins(const Store& store, const std::set<std::string>& needed)
{
    const int data = store.root().data();
    if (!exists_at(data, "twins"))
        return;
    for (const DirectoryEntry& entry : list_place(data, "twins")) {
        const std::string id = cat("sha256:", entry.name);
        if (!is_id(entry.name) || (!needed.contains(id) && !store.layers().find(id)))
            (void)move_to_trash(store.root(), cat("twins/", entry.name), "");
    }
}

/// Files that were being written when their writer was killed: all who write there hold a StoreUse.
void remove_temporaries(const Root& root)
{
    for (const char* place : {"images", "blobs/sha256"})
        for (const DirectoryEntry& entry : list_place(root.data(), place))
            if (entry.name.starts_with('.'))
                remove_file_at(root.data(), cat(place, "/", entry.name));
    image_names::sweep(root);
}

/// Containers whose creation a power failure undid, and run directories that nobody needs any more.
void remove_remains_of_containers(const Store& store)
{
    const Root& root = store.root();
    for (const std::string& id : store.containers().list_ids()) {
        const auto text = find_record(root.data(), cat("containers/", id, "/config.json"));
        if ((!text || text->empty()) && !store.containers().is_monitor_alive(id))
            store.containers().remove(id);
    }
    for (const DirectoryEntry& entry : list_place(root.run(), "containers"))
        if (is_id(entry.name) && !store.containers().exists(entry.name) &&
            !store.containers().is_monitor_alive(entry.name))
            remove_tree_at(root.run(), cat("containers/", entry.name));
}

} // namespace

std::map<std::string, std::vector<std::string>> containers_by_image(const Store& store)
{
    std::map<std::string, std::vector<std::string>> users;
    for (const ContainerRecord& container : store.containers().list()) {
        std::set<std::string> images{container.config.image_id};
        for (const MountConfig& mount : container.config.mounts)
            if (mount.type == MountType::Image)
                images.insert(mount.source);
        images.erase("");
        for (const std::string& image : images)
            users[image].push_back(container.config.id);
    }
    return users;
}

std::map<std::string, std::vector<std::string>> containers_by_volume(const Store& store)
{
    std::map<std::string, std::vector<std::string>> users;
    for (const ContainerRecord& container : store.containers().list()) {
        std::set<std::string> volumes;
        for (const MountConfig& mount : container.config.mounts)
            if (mount.type == MountType::Volume && volumes.insert(mount.source).second)
                users[mount.source].push_back(container.config.id);
    }
    return users;
}

std::set<std::string> volumes_in_use(const Store& store)
{
    std::set<std::string> used;
    for (const std::string& id : store.containers().list_ids())
        try {
            for (const MountConfig& mount : store.containers().load_config(id).mounts)
                if (mount.type == MountType::Volume)
                    used.insert(mount.source);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound)
                throw;
        }
    return used;
}

FileLock lock_volume_users(const Store& store) { return store.root().lock("volumes-in-use"); }

std::map<std::string, ImageSizes> image_sizes(const Store& store)
{
    const auto sizes = layer_sizes(store);
    const std::vector<Image> images = read_image_records(store.root().data());
    std::map<std::string, int> users;
    for (const Image& image : images)
        for (const std::string& layer : std::set<std::string>(image.layers.begin(), image.layers.end()))
            ++users[layer];
    std::map<std::string, ImageSizes> result;
    for (const Image& image : images) {
        ImageSizes& each = result[image.id];
        for (const std::string& layer : std::set<std::string>(image.layers.begin(), image.layers.end()))
            if (const auto size = sizes.find(layer); size != sizes.end())
                (users[layer] > 1 ? each.shared_bytes : each.unique_bytes) += size->second;
        each.unique_bytes += size_of_documents(store, image);
    }
    return result;
}

ImagesTotal total_of_images(const Store& store)
{
    const auto sizes = layer_sizes(store);
    const auto users = containers_by_image(store);
    std::set<std::string> layers, used_layers;
    std::set<std::string> documents, used_documents;
    for (const Image& image : read_image_records(store.root().data())) {
        const bool used = users.contains(image.id);
        layers.insert(image.layers.begin(), image.layers.end());
        documents.insert(image.digests.begin(), image.digests.end());
        documents.insert(cat("sha256:", image.id));
        if (!used)
            continue;
        used_layers.insert(image.layers.begin(), image.layers.end());
        used_documents.insert(image.digests.begin(), image.digests.end());
        used_documents.insert(cat("sha256:", image.id));
    }
    for (const ContainerRecord& container : store.containers().list()) // also of images that are gone
        used_layers.insert(container.config.layers.begin(), container.config.layers.end());
    ImagesTotal total;
    const auto add = [&](std::uint64_t bytes, bool used) {
        total.bytes += bytes;
        total.reclaimable_bytes += used ? 0 : bytes;
    };
    for (const std::string& layer : layers)
        if (const auto size = sizes.find(layer); size != sizes.end())
            add(size->second, used_layers.contains(layer));
    for (const std::string& document : documents)
        if (const auto data = blobs::find(store.root(), document))
            add(data->size(), used_documents.contains(document));
    return total;
}

Garbage collect_garbage(const Store& store, const StoreAlone& alone)
{
    Garbage garbage;
    const Needed needed = needed_in(store);
    remove_layers(store, alone, needed.layers, garbage);
    remove_blobs(store.root(), needed.blobs, garbage);
    remove_twins(store, needed.layers);
    remove_stale_names(store.root());
    remove_temporaries(store.root());
    remove_remains_of_containers(store);
    return garbage;
}

void remove_everything(const Store& store, const StoreAlone& alone)
{
    const Root& root = store.root();
    for (const std::string& id : store.containers().list_ids())
        store.containers().remove(id);
    for (const DirectoryEntry& entry : list_place(root.data(), "volumes"))
        (void)move_to_trash(root, cat("volumes/", entry.name), "volume.json");
    for (const char* place : {"images", "names/images", "names/containers", "names/secrets", "secrets"})
        for (const DirectoryEntry& entry : list_place(root.data(), place))
            remove_tree_at(root.data(), cat(place, "/", entry.name));
    remove_tree_at(root.data(), "build-cache");
    for (const char* file : {"events.log", "events.log.1"})
        remove_file_at(root.data(), file);
    collect_garbage(store, alone);
    empty_trash(root);
}

} // namespace skiff::store
