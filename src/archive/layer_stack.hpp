#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::archive {

/// A file in a stack of layers: the directory that holds it, in whichever layer that is, and its name there.
struct LayerFile
{
    UniqueFd directory;
    std::string name;
};

/// Layers on top of each other, looked at without mounting them: removals and opaque directories hide what is below,
/// links are followed inside the whole stack (but not the last component).
class LayerStack
{
  public:
    /// Descriptors of diff directories, the topmost first; borrowed.
    explicit LayerStack(std::vector<int> layers) : layers_{std::move(layers)} {}
    /// Nothing when the stack has no such name. Throws on loops of links.
    [[nodiscard]] std::optional<LayerFile> find(const std::vector<std::string_view>& path) const;

  private:
    std::vector<int> layers_;
};

} // namespace skiff::archive
