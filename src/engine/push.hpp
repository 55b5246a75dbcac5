#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "engine/send_image.hpp"
#include "model/create_request.hpp"
#include "registry/open_destination.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

struct PushRequest
{
    std::string image;       ///< of the store
    std::string destination; ///< with or without a transport; empty: the registry of the image's name
    PullOptions transport;   ///< credentials, TLS, retries
    SendOptions send;
    bool compress = false; ///< layers of a dir:
};

/// Sends an image, or a whole list of images, to a registry, an archive or a directory. Returns the digest of the
/// manifest there, "sha256:...".
std::string push_image(Engine& engine, const PushRequest& request, Progress& progress);

struct SaveRequest
{
    std::vector<std::string> images; ///< of the store; what is not there is a further name for the one before it
    std::string output;              ///< path; empty: into output_fd
    int output_fd = 1;               ///< borrowed
    registry::DiskFormat format = registry::DiskFormat::DockerArchive;
    bool only_images = false;  ///< every word is an image
    bool only_names = false;   ///< every word but the first is a name, instead of the image's own
    bool uncompressed = false; ///< layers of OCI formats
    bool compress = false;     ///< layers of a docker directory
};

/// Writes images to an archive or a directory.
void save_images(Engine& engine, const SaveRequest& request, Progress& progress);

/// The compression that containers.conf asks for where the command line does not.
void add_configured_compression(Engine& engine, SendOptions& options);

} // namespace skiff::engine
