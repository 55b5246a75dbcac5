#pragma once

#include "registry/image_destination.hpp"
#include "registry/image_shelf.hpp"

#include <memory>
#include <string>
#include <vector>

/// Images on disk, being written: archives and directories that can take several images each.
namespace skiff::registry {

class ImageArchive
{
  public:
    ImageArchive() = default;
    ImageArchive(const ImageArchive&) = delete;
    ImageArchive& operator=(const ImageArchive&) = delete;
    virtual ~ImageArchive() = default;
    /// A place for the next image, called `names`. The archive must outlive it.
    virtual std::unique_ptr<ImageDestination> add_image(std::vector<std::string> names) = 0;
    /// Writes the table of contents; the archive appears.
    virtual void finish() = 0;
};

struct ArchiveOptions
{
    LayerForm layers = LayerForm::Compressed; ///< docker-archives are always plain
    std::string shown;                        ///< "oci:/tmp/x"
};

/// What `docker save` writes: manifest.json, and layers as plain tar files, so that they keep their diff ids.
std::unique_ptr<ImageArchive> make_docker_archive(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options);
/// An OCI image layout. Entries of an existing index.json stay; one of the same name is replaced. `existing_index`:
/// its text.
std::unique_ptr<ImageArchive> make_oci_layout(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options,
                                              const std::string& existing_index = {});
/// The "dir:" format, which has room for one image.
std::unique_ptr<ImageArchive> make_directory_image(std::shared_ptr<ImageShelf> shelf, ArchiveOptions options);

} // namespace skiff::registry
