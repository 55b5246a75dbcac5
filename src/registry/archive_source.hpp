#pragma once

#include "registry/config_places.hpp"
#include "registry/image_source.hpp"
#include "registry/transport_options.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::registry {

/// One image of an archive or directory.
struct ArchiveImage
{
    std::vector<oci::Reference> names; ///< full names; none: it has to be called by its id
    std::unique_ptr<ImageSource> source;
};

/// All images in `path`, a tar file (plain, gzip, zstd) or a directory, in whichever of the formats docker-archive,
/// oci-archive, oci and dir it is. Throws "payload does not match any of the supported image formats" when it is none.
std::vector<ArchiveImage> list_archive(const std::string& path, const ConfigPlaces& places,
                                       const TransportOptions& options);
/// The same of a stream, which is stored in an unlinked temporary file. `shown` is its name in messages.
std::vector<ArchiveImage> list_archive(int stream, const std::string& shown, const ConfigPlaces& places,
                                       const TransportOptions& options);

/// "transport:rest" taken apart.
struct TransportName
{
    std::string transport; ///< "docker", "docker-archive", "oci-archive", "oci" or "dir"
    std::string rest;      ///< of "docker://X" it is X
};
/// Nothing when `text` has no transport in front: then it is an image's name. Throws on transports that Podman knows
/// and we do not ("containers-storage", "docker-daemon" ...).
std::optional<TransportName> find_transport(std::string_view text);

/// The image that "docker-archive:PATH[:NAME|:@INDEX]", "oci-archive:PATH[:NAME]", "oci:PATH[:NAME]" or "dir:PATH"
/// means. An archive with several images needs the NAME.
ArchiveImage open_archive(const TransportName& name, const ConfigPlaces& places, const TransportOptions& options);

/// A registry's image as well, in one go: "docker://NAME".
std::unique_ptr<ImageSource> open_source(std::string_view text, const ConfigPlaces& places,
                                         const TransportOptions& options);

} // namespace skiff::registry
