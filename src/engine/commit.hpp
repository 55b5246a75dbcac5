#pragma once

#include "build/new_image.hpp"
#include "engine/engine.hpp"
#include "engine/progress.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

struct CommitRequest
{
    std::string container; ///< its id
    std::string name;      ///< of the image; empty: it gets none
    std::string author;
    std::string message;
    std::vector<std::string> changes; ///< as image_changes.hpp reads them
    std::string config;               ///< a JSON document in the shape of an image's "config": its fields go on top; empty: none
    build::ImageFormat format = build::ImageFormat::Oci;
    bool pause = false;           ///< a running container, meanwhile
    bool squash = false;          ///< one layer of everything
    bool include_volumes = false; ///< the places of its volumes become volumes of the image
};

/// Makes an image of what a container is now, running or not: its image's layers and one of what it changed. What lies in
/// volumes and other mounts is not part of it. Returns the image's id.
std::string commit_container(Engine& engine, const CommitRequest& request, Progress& progress);

} // namespace skiff::engine
