#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "engine/send_image.hpp"
#include "model/create_request.hpp"
#include "registry/transport_options.hpp"

#include <memory>
#include <string>

namespace skiff::engine {

struct CopyImageRequest
{
    std::string from, to; ///< with a transport in front; "containers-storage:" is our own store
    PullOptions from_transport, to_transport;
    PullOptions platform;  ///< os, architecture, variant: which image of several
    bool all = false;      ///< all images of a list, and the list
    bool index_only = false; ///< the list alone: its images are there already
    SendOptions send;
};

/// Copies an image between any two places, without unpacking it. Where nothing has to be changed, the manifest arrives
/// byte for byte. Returns the digest of what the destination's name now stands for, "sha256:...".
std::string copy_image(Engine& engine, const CopyImageRequest& request, Progress& progress);

/// The image that a registry has under `name`, on its way to somewhere else.
std::unique_ptr<OutgoingImage> open_registry_image(const std::string& name, const registry::TransportOptions& transport);

} // namespace skiff::engine
