#pragma once

#include "registry/archive_source.hpp"
#include "registry/image_archive.hpp"

#include <memory>
#include <string>

namespace skiff::registry {

/// The formats of images on disk, as `save --format` and the transports call them.
enum class DiskFormat
{
    DockerArchive,
    OciArchive,
    OciDirectory,
    DockerDirectory, ///< dir:
};

struct ArchivePlan
{
    DiskFormat format = DiskFormat::DockerArchive;
    LayerForm layers = LayerForm::Kept; ///< of DockerDirectory and the two of OCI
    std::string temp_dir;               ///< empty: $TMPDIR or /var/tmp
    OutputFile::IfThere if_there = OutputFile::IfThere::Replace; ///< archives only
};

/// Opens `path` for writing. Directories that are there must hold an image of the same format, or nothing.
std::unique_ptr<ImageArchive> create_archive(const std::string& path, const ArchivePlan& plan);
/// The same into a descriptor, which is borrowed; archives only.
std::unique_ptr<ImageArchive> create_archive(int fd, const ArchivePlan& plan);

/// The destination of one image: "docker://..." , "docker-archive:PATH[:NAME]", "oci-archive:PATH[:NAME]",
/// "oci:PATH[:NAME]", "dir:PATH". `layers` is what to do with layers on disk. Throws Error(Usage) for what cannot be
/// written to, and EEXIST's words for a docker-archive that is there: an image is not added to one.
std::unique_ptr<ImageDestination> open_destination(const TransportName& name, LayerForm layers,
                                                   const ConfigPlaces& places, const TransportOptions& options);

} // namespace skiff::registry
