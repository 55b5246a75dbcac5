#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::engine {

/// A layer, and those that stand on it.
struct LayerNode
{
    std::string id; ///< 64 hex digits of its chain id
    std::uint64_t size = 0;
    std::vector<std::string> tags; ///< of images that end with it
    std::vector<LayerNode> above;
};

struct ImageTree
{
    std::string id;
    std::vector<std::string> tags;
    std::uint64_t size = 0;
    /// The image's layers one on top of the other, or with `above_it` its topmost one and all that other images have put on it.
    std::vector<LayerNode> layers;
};

ImageTree make_image_tree(Engine& engine, const std::string& image, bool above_it);

} // namespace skiff::engine
