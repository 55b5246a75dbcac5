#pragma once

#include "engine/engine.hpp"
#include "engine/make_config.hpp"
#include "engine/progress.hpp"
#include "model/create_request.hpp"
#include "oci/platform.hpp"
#include "registry/image_source.hpp"
#include "registry/transport_options.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Brings an image from a registry, an archive or a directory ("docker-archive:x.tar") into the store, whatever is there
/// already. Returns its id. Throws what the registry said, in Podman's words.
std::string pull_image(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress);

/// Brings the images of all tags that the repository `name` has at its registry. Returns their ids, one per tag.
std::vector<std::string> pull_all_tags(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress);

/// The image that `name` means for a new container: the local one, or a pulled one, as `policy` says. Returns its id.
std::string ensure_image(Engine& engine, const std::string& name, PullPolicy policy, const PullOptions& options, Progress& progress);

/// Stores what `source` has, under `names` (full, with tag): fetches the layers that are missing, side by side, unpacks them
/// while they arrive, verifies everything, and only then makes the image visible.
store::Image store_image(Engine& engine, registry::ImageSource& source, const registry::ImageDocument& document,
                         const std::vector<std::string>& names, Progress& progress);
/// The layers alone, lowest first: they stay as long as they are held.
std::vector<store::LayerClaim> fetch_layers(Engine& engine, registry::ImageSource& source, const registry::ImageDocument& document, Progress& progress);

/// What a container takes from an image of the store. `raw_name` is what the user wrote.
ImageFacts load_image_facts(const store::Store& store, const std::string& id, const std::string& raw_name);

/// --mount type=image: the references of a config's mounts become ids.
void resolve_image_mounts(Engine& engine, ContainerConfig& config, const PullOptions& options, Progress& progress);

/// The command line's options; what it does not say, containers.conf may.
registry::TransportOptions make_transport_options(Engine& engine, const PullOptions& options);
registry::TransportOptions make_transport_options(const PullOptions& options);
oci::Platform make_platform(const PullOptions& options);

} // namespace skiff::engine
