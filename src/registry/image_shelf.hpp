#pragma once

#include "registry/image_destination.hpp"
#include "registry/output_file.hpp"

#include <functional>
#include <memory>
#include <string>

/// Named files that an image on disk is put together from: a directory, or a tar archive. The counterpart of
/// image_files.hpp.
namespace skiff::registry {

class ImageShelf
{
  public:
    ImageShelf() = default;
    ImageShelf(const ImageShelf&) = delete;
    ImageShelf& operator=(const ImageShelf&) = delete;
    virtual ~ImageShelf() = default; ///< what was not committed goes away

    using PathOf = std::function<std::string(const oci::Digest&)>;

    [[nodiscard]] virtual bool has(const std::string& path) = 0;
    /// A blob in the file that its digest names; nothing happens when that is there already. Several threads at once.
    virtual BlobFacts put(const OutgoingBlob& blob, const PathOf& path_of) = 0;
    /// A small file, which replaces one of that name where the shelf is a directory.
    virtual void put_text(const std::string& path, const std::string& text) = 0;
    virtual void commit() = 0;
};

/// A tar archive in `output`. Blobs of unknown size wait in unnamed files in `temp_dir` (empty: $TMPDIR or /var/tmp)
/// until they are complete.
std::shared_ptr<ImageShelf> make_tar_shelf(std::unique_ptr<OutputFile> output, std::string temp_dir);

/// The directory `path`, which is made when it is missing.
std::shared_ptr<ImageShelf> make_directory_shelf(const std::string& path);

} // namespace skiff::registry
