#pragma once

#include "archive/entry_sink.hpp"
#include "oci/descriptor.hpp"
#include "rootfs/changes.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

/// What was changed in a root file system becomes a layer of the store: commit, and the steps of a build.
namespace skiff::build {

struct NewLayer
{
    store::LayerClaim claim;    ///< it does not go away while this lives: hold it until the image is in the store
    oci::Digest diff_id;
    oci::Descriptor descriptor; ///< for a manifest: its tar as it is, not compressed, as the OCI type
};

/// A layer on top of the layer `parent` (a chain id that is claimed or in use; empty: on nothing) from the entries that
/// `write` gives. The same entries on the same parent are the same layer, and it is stored once. Inside the user namespace.
NewLayer make_layer(const store::Store& store, const std::string& parent, bool single_id,
                    const std::function<void(archive::EntrySink&)>& write);

/// A layer on top of the uppermost one of the container `tree` from `changes`, a part of list_changes(tree).
NewLayer make_layer_of_changes(const store::Store& store, const std::string& parent, bool single_id,
                               const rootfs::RootfsRequest& tree, const std::vector<rootfs::Change>& changes);

/// The same, but the container's directory of changes becomes the layer's itself where its driver and identity allow: nothing is
/// copied. The container is over then: nobody has it mounted, and it will not be mounted again.
NewLayer take_layer_of_changes(const store::Store& store, const std::string& parent, bool single_id,
                               const rootfs::RootfsRequest& tree, const std::vector<rootfs::Change>& changes);

} // namespace skiff::build
