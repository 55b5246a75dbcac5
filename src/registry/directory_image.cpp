#include "registry/directory_image.hpp"

#include "base/cat.hpp"
#include "oci/manifest.hpp"

namespace skiff::registry {

LocalImage read_directory_image(const std::shared_ptr<const ImageFiles>& files, const std::string& shown)
{
    LocalImage image;
    image.shown = shown;
    image.document = files->read("manifest.json", oci::max_manifest_bytes);
    image.find_blob = [files](const oci::Digest& digest) {
        auto piece = files->find(digest.hex);
        return piece ? piece : files->find(cat(digest.hex, ".manifest.json")); // one that an index names
    };
    return image;
}

} // namespace skiff::registry
