#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "model/create_request.hpp"
#include "oci/reference.hpp"
#include "registry/image_source.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

/// Looking at an image where it lies, without bringing it here: only its manifest and configuration are fetched.
namespace skiff::engine {

struct RemoteImage
{
    std::string name;                        ///< as its source calls it: "docker://quay.io/x/y:1"
    std::optional<oci::Reference> reference; ///< in a registry
    registry::ImageDocument document;

    /// What the name stands for: the index where there is one, else the manifest.
    [[nodiscard]] const std::string& raw_manifest() const
    {
        return document.index_bytes.empty() ? document.manifest_bytes : document.index_bytes;
    }
};

/// `name` as for a pull: of a registry, or with a transport in front. Throws what the registry said.
RemoteImage find_remote_image(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress);

enum class TagList
{
    Wanted,
    NotWanted
};

/// In the form of `skopeo inspect`: Name, Digest, RepoTags, Created, DockerVersion, Labels, Architecture, Os, Layers,
/// LayersData, Env. A list of tags that the registry does not show is empty, with a warning.
nlohmann::ordered_json make_remote_document(Engine& engine, const RemoteImage& image, const PullOptions& options, TagList tags);

} // namespace skiff::engine
