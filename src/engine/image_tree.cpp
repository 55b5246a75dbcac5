#include "engine/image_tree.hpp"

#include <algorithm>
#include <map>

namespace skiff::engine {
namespace {

class Layers
{
  public:
    explicit Layers(const store::Store& store)
    {
        for (store::Layer& layer : store.layers().list()) {
            above_[layer.parent].push_back(layer.id);
            layers_.emplace(layer.id, std::move(layer));
        }
        for (const store::Image& image : store.images().list_all()) {
            for (const std::string& id : image.layers) // of additional stores
                if (auto layer = layers_.contains(id) ? std::nullopt : store.layers().find(id)) {
                    above_[layer->parent].push_back(id);
                    layers_.emplace(id, std::move(*layer));
                }
            if (!image.layers.empty())
                for (const std::string& tag : image.tags())
                    tags_[image.layers.back()].push_back(tag);
        }
    }

    [[nodiscard]] LayerNode make(const std::string& id) const
    {
        LayerNode node;
        node.id = id.substr(id.find(':') + 1);
        if (const auto layer = layers_.find(id); layer != layers_.end())
            node.size = layer->second.size;
        if (const auto tags = tags_.find(id); tags != tags_.end())
            node.tags = tags->second;
        return node;
    }

    [[nodiscard]] LayerNode make_with_all_above(const std::string& id) const // NOLINT(misc-no-recursion): 500 layers at most
    {
        LayerNode node = make(id);
        if (const auto above = above_.find(id); above != above_.end())
            for (const std::string& next : above->second)
                node.above.push_back(make_with_all_above(next));
        return node;
    }

  private:
    std::map<std::string, store::Layer> layers_;
    std::map<std::string, std::vector<std::string>> above_; ///< by what they stand on
    std::map<std::string, std::vector<std::string>> tags_;  ///< by the topmost layer
};

} // namespace

ImageTree make_image_tree(Engine& engine, const std::string& image, bool above_it)
{
    store::Image found = engine.store().images().resolve(image).image;
    found.names = engine.store().images().names_of(found);
    ImageTree tree{found.id, found.tags(), found.size, {}};
    const Layers layers{engine.store()};
    if (!above_it)
        for (const std::string& layer : found.layers)
            tree.layers.push_back(layers.make(layer));
    else if (!found.layers.empty())
        tree.layers.push_back(layers.make_with_all_above(found.layers.back()));
    return tree;
}

} // namespace skiff::engine
