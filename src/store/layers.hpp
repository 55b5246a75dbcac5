#pragma once

#include "base/clock.hpp"
#include "base/lock.hpp"
#include "store/staging.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;
class StoreAlone;

/// One layer of images, unpacked. Never changes once it is committed.
struct Layer
{
    std::string id;          ///< its chain id, "sha256:..."
    std::string parent;      ///< the chain id of what lies below; empty for the lowest
    std::string diff_id;     ///< digest of the uncompressed tar
    std::uint64_t size = 0;  ///< bytes of its files
    std::uint64_t files = 0; ///< entries of its tar
    std::uint64_t tar_size = 0; ///< bytes of that tar; 0: not recorded (stores of the first version)
    /// As it was fetched; empty when it came uncompressed or was made here.
    std::string compressed_digest;
    std::uint64_t compressed_size = 0;
    std::string media_type;
    bool one_id = false; ///< unpacked in one-id mode: true owners and modes are in xattrs (hpc.md §3)
    WallTime created;

    /// The directory of the store that it lies in, where that is an additional one. Empty: this store. Not part of the
    /// record.
    std::string other_store;
};

/// A layer that is made here, so that its id is known only when it is complete. Goes away when it is not committed.
class LayerDraft
{
  public:
    [[nodiscard]] int directory() const { return staging_.fd(); } ///< with an empty `diff` in it
    [[nodiscard]] int diff() const { return diff_.get(); }
    [[nodiscard]] const std::string& parent() const { return parent_; }
    /// Takes the directory `name` of `from` as its `diff` instead of the empty one; false when it is on another file
    /// system. Its files must be as the store keeps them.
    bool take_diff(int from, const std::string& name);

  private:
    friend class Layers;
    LayerDraft(const Root& root, std::string lock_name, std::string parent);

    struct Lock ///< says that the staging directory has a living owner
    {
        const Root* root;
        std::string name;
        FileLock lock;
        Lock(const Root& root, std::string name);
        Lock(Lock&& other) noexcept = default;
        Lock& operator=(Lock&&) = delete;
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        ~Lock();
    } lock_;
    Staging staging_;
    UniqueFd diff_;
    std::string parent_;
};

/// A layer that will not go away while this lives: either it is there, or it is this process's to make. Waiters for the
/// same layer wait for exactly that (so it is fetched once), and garbage collection leaves it alone. Hold the claims on
/// all layers of an image until the image is committed.
class LayerClaim
{
  public:
    LayerClaim(LayerClaim&&) noexcept = default;
    LayerClaim& operator=(LayerClaim&&) = delete;
    LayerClaim(const LayerClaim&) = delete;
    LayerClaim& operator=(const LayerClaim&) = delete;
    ~LayerClaim();

    [[nodiscard]] bool is_present() const { return layer_.has_value(); }
    [[nodiscard]] const Layer& layer() const { return *layer_; } ///< only when present

    // Only when not present: the directory to fill, with an empty `diff` in it.
    [[nodiscard]] int directory() const { return staging_->fd(); }
    [[nodiscard]] int diff() const { return diff_.get(); } ///< mode 0755; the layer's entry for its root may change it
    [[nodiscard]] std::string diff_path() const { return staging_->absolute_path() + "/diff"; }
    /// Makes the layer visible; `layer.id` is set by the claim. Others may use it from now on. Not synced: Images::put
    /// does that once for all layers, and until then a power failure undoes it.
    void commit(Layer layer);

  private:
    friend class Layers;
    LayerClaim(const Root& root, std::string hex, std::optional<FileLock> lock);
    void open_to_others() const;

    const Root* root_;
    std::string hex_;
    std::optional<FileLock> lock_;
    std::optional<Layer> layer_;
    std::optional<Staging> staging_;
    UniqueFd diff_;
};

/// DATA/layers/<hex of the chain id>/{diff/, layer.json, tar-split.zst}
class Layers
{
  public:
    explicit Layers(const Root& root) : root_{&root} {}

    [[nodiscard]] std::optional<Layer> find(const std::string& id) const;
    [[nodiscard]] Layer load(const std::string& id) const; ///< throws Error(NotFound) `X: layer not known`
    [[nodiscard]] std::vector<Layer> list() const; ///< those of this store

    /// Waits while another process makes this layer. Claim the layers of an image from the lowest up: then two pulls
    /// never wait for each other.
    [[nodiscard]] LayerClaim claim(const std::string& id) const;
    /// Nothing while another process makes it: time to do something else first.
    [[nodiscard]] std::optional<LayerClaim> try_claim(const std::string& id) const;

    /// A new layer on top of `parent` (a chain id, claimed; empty: it is the lowest). Its root directory is as the
    /// parent's. Inside the user namespace.
    [[nodiscard]] LayerDraft draft(const std::string& parent) const;
    /// Makes the draft a layer; `layer.diff_id` says which. If the store has that one already, the draft is dropped. As
    /// LayerClaim::commit.
    [[nodiscard]] LayerClaim commit(LayerDraft draft, Layer layer) const;

    /// Absolute paths; not checked.
    /// Throws when what lies in another user's store cannot be used from here; nothing when it is fine, or not there.
    void require_usable(const Layer& layer) const;
    /// Absolute paths, in this store or in the additional one that has it; not checked.
    [[nodiscard]] std::string directory(const std::string& id) const;
    [[nodiscard]] std::string diff_path(const std::string& id) const;
    /// Where what the rootfs room makes of layers in additional stores goes, a directory per layer; empty when none of
    /// `ids` is there.
    [[nodiscard]] std::string twins_dir(const std::vector<std::string>& ids) const;

    /// False when it was gone or somebody holds a claim. Inside the user namespace.
    bool remove(const std::string& id, const StoreAlone& alone) const;
    /// As remove, also for a name that is no chain id.
    bool remove_damaged(const std::string& id, const StoreAlone& alone) const;
    /// After a syncfs: the layers have outlived every power failure to come.
    void mark_durable(const std::vector<std::string>& ids) const;

  private:
    [[nodiscard]] std::optional<Layer> find_in_others(const std::string& hex) const;

    const Root* root_;
};

} // namespace skiff::store
