#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::store {

class Root;

/// DATA/blobs/sha256/HEX: manifests and configurations, byte for byte as they came.
namespace blobs {

/// Returns its digest, "sha256:...". Not synced: the image's commit does that. Always written anew: one that is there
/// may be a torso that a power failure left.
std::string put(const Root& root, std::string_view data);
std::optional<std::string> find(const Root& root, const std::string& digest);
std::optional<std::string> find_anywhere(const Root& root, const std::string& digest); ///< also in other stores
std::string load(const Root& root, const std::string& digest); ///< as find_anywhere; throws Error(NotFound)
std::vector<std::string> list(const Root& root);               ///< digests
void remove(const Root& root, const std::string& digest);

} // namespace blobs
} // namespace skiff::store
