#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "engine/send_image.hpp"
#include "model/create_request.hpp"
#include "oci/index.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Lists of images for several platforms (manifest lists, indexes) in the store: made, changed, sent. A list holds no
/// layers: it names manifests, of images of the store or of a registry, which are not fetched for it.
namespace skiff::engine {

/// What an entry, or the list itself, is to be called. What is empty stays as it is.
struct ManifestFacts
{
    std::string os, architecture, variant, os_version;
    std::vector<std::string> os_features;
    std::map<std::string, std::string> annotations;
};

/// Makes a list, with the images called `images` in it; returns its id. `amend`: one of that name that is there is
/// changed. `all`: of images that are lists themselves, every entry and not the one for this machine.
struct CreateListRequest
{
    std::string name;
    std::vector<std::string> images;
    bool all = false;
    bool amend = false;
    bool replace = false; ///< what has the name now loses it
    std::map<std::string, std::string> annotations; ///< of the list
    PullOptions transport;
};
std::string create_list(Engine& engine, const CreateListRequest& request);

/// Adds images to a list; returns its id. An image is looked for in the store and then at its registry, unless it has a
/// transport in front.
struct AddToListRequest
{
    std::string list;
    std::vector<std::string> images;
    bool all = false;
    ManifestFacts facts;
    PullOptions transport; ///< os, architecture and variant are those of `facts`
};
std::string add_to_list(Engine& engine, const AddToListRequest& request);

/// Changes what the list says of one image (its manifest's digest, or its name), or of itself where `image` is empty.
/// Returns its id.
std::string annotate_list(Engine& engine, const std::string& list, const std::string& image, const ManifestFacts& facts);

/// Takes the manifest `digest` out of a list; returns its id.
std::string remove_from_list(Engine& engine, const std::string& list, const std::string& digest);

/// The document of a list of the store, or of what a registry has under that name.
std::string read_list(Engine& engine, const std::string& name, const PullOptions& transport);

/// The list called `name`. Throws `X: image not known` and `X is not a manifest list`.
store::FoundImage resolve_list(Engine& engine, const std::string& name);
std::optional<store::FoundImage> find_list(Engine& engine, const std::string& name);

/// Of a list, its image for `platform`, which has to be in the store; any other image itself.
store::Image resolve_part_of_list(Engine& engine, const store::Image& image,
                                  const oci::Platform& platform = oci::Platform::host());
/// Where the list's image for `platform` is: "containers-storage:ID" or "docker://NAME@DIGEST".
std::string find_part_of_list(Engine& engine, const store::Image& list, const oci::Platform& platform);

struct PushListRequest
{
    std::string list;
    std::string destination; ///< empty: the registry of the list's name
    PullOptions transport;
    SendOptions send;
    bool all = true; ///< the images, too; else only the list, whose images have to be there
    std::vector<archive::Compression> add_compression = {}; ///< each image once more in this form
};
/// Returns the digest of the list as it is there.
std::string push_list(Engine& engine, const PushListRequest& request, Progress& progress);

} // namespace skiff::engine
