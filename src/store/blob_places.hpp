#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace skiff::store {

class Root;

/// A compressed form of a layer that some registry had when we were there.
struct KnownBlob
{
    std::string digest; ///< "sha256:..."
    std::uint64_t size = 0;
    std::string media_type;
    std::vector<std::string> repositories; ///< "host[:port]/path", the latest first
};

/// DATA/blob-places.json: where compressed layers are that unpack to layers we know. The store keeps no compressed
/// layers, and compressing again gives other bytes; so a push asks the registry for these first, and an image that was
/// pulled keeps its digest. Nothing depends on it being right: a registry is always asked.
namespace blob_places {

using Places = std::map<std::string, std::vector<KnownBlob>>; ///< by diff id

/// Empty when there is no such file, or it cannot be read.
Places load(const Root& root);
void add(const Root& root, const Places& more);

} // namespace blob_places
} // namespace skiff::store
