// Locking, in one place: RUN/locks/layer-<hex> is held exclusively by who makes or removes the layer, shared by who
// counts on it being there. The last one to let go takes the file away.
//
// Durability: committing a layer is a rename, visible to all at once, but its data reach the disk only with the syncfs
// of the image (R56). Until then the link `unsynced` in it says in which boot it was made. In the same boot it is
// whole, as the page cache is; in a later one it may be a torso, unless an image names it: images are committed after
// the syncfs.

#include "store/layers.hpp"

#include "archive/file_attributes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "oci/digest.hpp"
#include "store/image.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <dirent.h>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<Layer>)
{
    field("id", &Layer::id);
    field("parent", &Layer::parent);
    field("diff_id", &Layer::diff_id);
    field("size", &Layer::size);
    field("files", &Layer::files);
    field("tar_size", &Layer::tar_size);
    field("compressed_digest", &Layer::compressed_digest);
    field("compressed_size", &Layer::compressed_size);
    field("media_type", &Layer::media_type);
    field("one_id", &Layer::one_id);
    field("created", &Layer::created);
}

namespace {

/// The name of the layer's directory; strict, so it is safe in paths (R34).
std::string hex_of(const std::string& id) { return oci::Digest::parse(id).hex; }
std::string path_of(const std::string& hex) { return cat("layers/", hex); }
std::string lock_of(const std::string& hex) { return cat("layer-", hex); }

bool is_named_by_an_image(int data, const std::string& id)
{
    const std::vector<Image> images = read_image_records(data);
    return std::any_of(images.begin(), images.end(), [&](const Image& image) {
        return std::find(image.layers.begin(), image.layers.end(), id) != image.layers.end();
    });
}

/// Nothing for a layer that is not there or not to be trusted.
std::optional<Layer> find_layer(int data, const std::string& hex)
{
    const auto text = find_record(data, cat(path_of(hex), "/layer.json"));
    if (!text)
        return std::nullopt;
    const auto made_in = find_link_at(data, cat(path_of(hex), "/unsynced"));
    try {
        auto layer = record::from_text<Layer>(*text, "layer record");
        if (!made_in || *made_in == boot_id() || is_named_by_an_image(data, layer.id))
            return layer;
        log::debug(cat("layer ", hex.substr(0, 12), " was not synced before a reboot; not trusted"));
    } catch (const Error& error) {
        log::debug(cat("layer ", hex.substr(0, 12), ": ", error.message(), "; not trusted"));
    }
    return std::nullopt;
}

/// True when it lies in a store that another user filled.
bool is_foreign(const Root& root, const Layer& layer)
{
    return std::any_of(root.others().begin(), root.others().end(), [&](const OtherStore& other) {
        return other.path == layer.other_store && !other.is_own;
    });
}

bool is_usable(const Layers& layers, const Layer& layer)
{
    try {
        layers.require_usable(layer);
        return true;
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; fetched again"));
        return false;
    }
}

} // namespace

namespace {

std::optional<archive::Ownership> find_truth(const std::string& path)
{
    std::string truth(256, '\0');
    const ssize_t size = ::getxattr(path.c_str(), archive::override_xattr, truth.data(), truth.size());
    return size > 0 ? archive::find_override(truth.substr(0, static_cast<std::size_t>(size))) : std::nullopt;
}

/// The parent belongs to another user: what the attribute says is true, as far as we have such ids.
void adopt_foreign_root(int diff, const std::string& parent_diff)
{
    const archive::Ownership truth = find_truth(parent_diff).value_or(archive::Ownership{0, 0, 0755});
    if (::fchown(diff, truth.uid, truth.gid) != 0 && errno != EINVAL)
        throw Error{errno, "preparing a layer's directory"};
    if (::fchmod(diff, truth.mode) != 0)
        throw Error{errno, "preparing a layer's directory"};
}

/// The root directory of a layer is the "/" of containers, whether its tar has an entry for it or not.
void adopt_root(int diff, const std::string& parent_diff)
{
    struct stat parent
    {
    };
    if (::stat(parent_diff.c_str(), &parent) != 0)
        throw Error{errno, cat("looking at ", quoted(parent_diff))};
    if ((parent.st_uid != 0 || parent.st_gid != 0) && ::fchown(diff, parent.st_uid, parent.st_gid) != 0)
        throw Error{errno, "preparing a layer's directory"};
    if (::fchmod(diff, parent.st_mode & 07777U) != 0)
        throw Error{errno, "preparing a layer's directory"};
    std::string truth(256, '\0');
    const ssize_t size = ::getxattr(parent_diff.c_str(), archive::override_xattr, truth.data(), truth.size());
    if (size > 0)
        (void)::fsetxattr(diff, archive::override_xattr, truth.data(), static_cast<std::size_t>(size), 0);
}

} // namespace

LayerDraft::Lock::Lock(const Root& in, std::string called)
    : root{&in}, name{std::move(called)}, lock{in.lock(name)}
{
}

LayerDraft::Lock::~Lock()
{
    if (lock.fd() >= 0) // not moved from
        ::unlinkat(root->run(), cat("locks/", name).c_str(), 0);
}

LayerDraft::LayerDraft(const Root& root, std::string lock_name, std::string parent)
    : lock_{root, std::move(lock_name)}, staging_{root, lock_.name}, parent_{std::move(parent)}
{
    diff_ = make_directory_at(staging_.fd(), "diff", 0755);
    if (::fchmod(diff_.get(), 0755) != 0) // whatever the umask says
        throw Error{errno, "preparing a layer's directory"};
}

bool LayerDraft::take_diff(int from, const std::string& name)
{
    if (::unlinkat(staging_.fd(), "diff", AT_REMOVEDIR) != 0)
        throw Error{errno, "preparing a layer's directory"};
    const bool taken = ::renameat(from, name.c_str(), staging_.fd(), "diff") == 0;
    if (!taken && errno != EXDEV)
        throw Error{errno, cat("taking ", quoted(name), " as a layer")};
    diff_ = make_directory_at(staging_.fd(), "diff", 0755);
    if (!taken && !parent_.empty())
        ::fchmod(diff_.get(), 0755);
    return taken;
}

LayerClaim::LayerClaim(const Root& root, std::string hex, std::optional<FileLock> lock)
    : root_{&root}, hex_{std::move(hex)}, lock_{std::move(lock)}
{
}

LayerClaim::~LayerClaim()
{
    if (!lock_ || lock_->fd() < 0) // in another store; moved from
        return;
    try {
        staging_.reset(); // while the lock still says that it is ours
        if (lock_->try_upgrade())
            ::unlinkat(root_->run(), cat("locks/", lock_of(hex_)).c_str(), 0);
    } catch (const Error& error) {
        log::debug(cat("releasing a layer: ", error.message(), "; ignored"));
    }
}

void LayerClaim::commit(Layer layer)
{
    layer.id = cat("sha256:", hex_);
    if (layer.created == WallTime{})
        layer.created = wall_now();
    save_atomically(staging_->fd(), "layer.json", record::to_text(layer), Durability::None);
    if (::symlinkat(boot_id().c_str(), staging_->fd(), "unsynced") != 0)
        throw Error{errno, cat("committing layer ", layer.id)};
    if (root_->is_shared())
        open_to_others();
    diff_.reset();
    staging_->commit(path_of(hex_));
    staging_.reset();
    lock_->downgrade();
    // In the instant between the two locks, a prune may have taken it.
    if (!exists_at(root_->data(), cat(path_of(hex_), "/layer.json")))
        throw Error{ErrorKind::Failure, cat("layer ", layer.id, " was pruned while it was being committed")}.with_hint(
            "try again");
    layer_ = std::move(layer);
}

/// The files in `diff` were made readable as they were unpacked.
void LayerClaim::open_to_others() const
{
    for (const DirectoryEntry& entry : list_directory(staging_->fd()))
        if (entry.type == DT_REG && ::fchmodat(staging_->fd(), entry.name.c_str(), 0644, 0) != 0)
            throw Error{errno, cat("opening a layer's ", quoted(entry.name), " to other users")};
    if (::fchmod(staging_->fd(), 0755) != 0)
        throw Error{errno, "opening a layer to other users"};
}

std::optional<Layer> Layers::find(const std::string& id) const
{
    const std::string hex = hex_of(id);
    auto layer = find_layer(root_->data(), hex);
    return layer ? layer : find_in_others(hex);
}

std::optional<Layer> Layers::find_in_others(const std::string& hex) const
{
    for (const OtherStore& other : root_->others())
        if (auto layer = find_layer(other.data.get(), hex)) {
            layer->other_store = other.path;
            return layer;
        }
    return std::nullopt;
}

void Layers::require_usable(const Layer& layer) const
{
    if (is_foreign(*root_, layer) && !layer.one_id)
        throw Error{ErrorKind::Failure, cat("layer ", hex_of(layer.id).substr(0, 12), " of the additional image store ",
                                            quoted(layer.other_store), " has files of another user's subordinate ids")}
            .with_hint("whoever fills that store should make it with `--storage-opt shared=true`");
}

Layer Layers::load(const std::string& id) const
{
    auto layer = find(id);
    if (!layer)
        throw Error{ErrorKind::NotFound, cat(printable(id), ": layer not known")};
    return std::move(*layer);
}

std::vector<Layer> Layers::list() const
{
    std::vector<Layer> layers;
    for (const DirectoryEntry& entry : list_place(root_->data(), "layers"))
        if (is_id(entry.name))
            if (auto layer = find_layer(root_->data(), entry.name))
                layers.push_back(std::move(*layer));
    std::sort(layers.begin(), layers.end(), [](const Layer& a, const Layer& b) { return a.id < b.id; });
    return layers;
}

std::optional<LayerClaim> Layers::try_claim(const std::string& id) const
{
    const std::string hex = hex_of(id);
    if (!exists_at(root_->data(), path_of(hex)))
        if (auto elsewhere = find_in_others(hex); elsewhere && is_usable(*this, *elsewhere)) {
            LayerClaim claim{*root_, hex, std::nullopt};
            claim.layer_ = std::move(elsewhere);
            return claim;
        }
    for (;;) {
        if (auto mine = root_->try_lock(lock_of(hex))) {
            LayerClaim claim{*root_, hex, std::move(*mine)};
            if (find_layer(root_->data(), hex)) {
                claim.lock_->downgrade();
                claim.layer_ = find_layer(root_->data(), hex);
                if (!claim.layer_) // pruned between the two locks
                    continue;
                return claim;
            }
            (void)move_to_trash(*root_, path_of(hex), "layer.json"); // what is there is a torso
            sweep_staging_of(*root_, lock_of(hex));
            claim.staging_.emplace(*root_, lock_of(hex));
            claim.diff_ = make_directory_at(claim.staging_->fd(), "diff", 0755);
            if (::fchmod(claim.diff_.get(), 0755) != 0) // whatever the umask says
                throw Error{errno, "preparing a layer's directory"};
            return claim;
        }
        auto shared = root_->try_lock(lock_of(hex), FileLock::Mode::Shared);
        if (!shared)
            return std::nullopt;
        LayerClaim claim{*root_, hex, std::move(*shared)};
        claim.layer_ = find_layer(root_->data(), hex);
        if (claim.layer_)
            return claim;
        // Somebody else is where we are; one of us will have it exclusively.
    }
}

LayerClaim Layers::claim(const std::string& id) const
{
    for (;;) {
        if (auto claim = try_claim(id))
            return std::move(*claim);
        // Shared: all who wait go on together once it is made.
        (void)FileLock::acquire(root_->run(), cat("locks/", lock_of(hex_of(id))), FileLock::Mode::Shared);
    }
}

LayerDraft Layers::draft(const std::string& parent) const
{
    LayerDraft draft{*root_, cat("draft-", random_hex(6)), parent};
    if (parent.empty())
        return draft;
    const auto below = find(parent);
    if (below && is_foreign(*root_, *below))
        adopt_foreign_root(draft.diff(), diff_path(parent));
    else
        adopt_root(draft.diff(), diff_path(parent));
    return draft;
}

LayerClaim Layers::commit(LayerDraft draft, Layer layer) const
{
    const std::string chain =
        draft.parent_.empty() ? layer.diff_id : oci::Digest::of(cat(draft.parent_, " ", layer.diff_id)).text();
    LayerClaim claimed = claim(chain);
    if (claimed.is_present())
        return claimed;
    layer.parent = draft.parent_;
    claimed.staging_.reset();
    claimed.staging_.emplace(std::move(draft.staging_));
    claimed.commit(std::move(layer));
    return claimed;
}

std::string Layers::directory(const std::string& id) const
{
    const std::string path = path_of(hex_of(id));
    if (!exists_at(root_->data(), path))
        for (const OtherStore& other : root_->others())
            if (exists_at(other.data.get(), path))
                return cat(other.path, "/", path);
    return cat(root_->data_path(), "/", path);
}

std::string Layers::diff_path(const std::string& id) const { return cat(directory(id), "/diff"); }

std::string Layers::twins_dir(const std::vector<std::string>& ids) const
{
    const bool own = root_->others().empty() || std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
        return exists_at(root_->data(), path_of(hex_of(id)));
    });
    return own ? "" : cat(root_->data_path(), "/twins");
}

bool Layers::remove(const std::string& id, const StoreAlone& /*alone*/) const
{
    const std::string hex = hex_of(id);
    const auto lock = root_->try_lock(lock_of(hex));
    if (!lock)
        return false;
    const bool removed = move_to_trash(*root_, path_of(hex), "layer.json");
    ::unlinkat(root_->run(), cat("locks/", lock_of(hex)).c_str(), 0);
    return removed;
}

bool Layers::remove_damaged(const std::string& id, const StoreAlone& alone) const
{
    const std::string name = id.substr(id.find(':') + 1);
    if (is_id(name))
        return remove(id, alone);
    return move_to_trash(*root_, path_of(name), "layer.json");
}

void Layers::mark_durable(const std::vector<std::string>& ids) const
{
    for (const std::string& id : ids)
        remove_file_at(root_->data(), cat(path_of(hex_of(id)), "/unsynced"));
}

} // namespace skiff::store
