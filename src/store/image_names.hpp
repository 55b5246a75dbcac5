#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;

/// The names of images: DATA/names/images/NAME -> ID. A link changes hands atomically, and reading one is a system
/// call.
namespace image_names {

/// `data`: this store's, or that of another one.
[[nodiscard]] std::optional<std::string> find(int data, const std::string& name); ///< the id
/// Names of all images, by id, sorted.
[[nodiscard]] std::map<std::string, std::vector<std::string>> list(int data);
void set(const Root& root, const std::string& name, const std::string& id);
/// Removes what killed commands left.
void sweep(const Root& root);
/// Only when it still names `id`.
bool remove(const Root& root, const std::string& name, const std::string& id);

} // namespace image_names
} // namespace skiff::store
