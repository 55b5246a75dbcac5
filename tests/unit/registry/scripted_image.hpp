#pragma once

#include "registry/registry_source.hpp"
#include "support/scripted_registry.hpp"

#include <string>
#include <vector>

namespace skiff::registry {

/// An image in a scripted registry, whose layers are any bytes: nothing unpacks them here.
struct ScriptedImage
{
    std::string manifest;
    std::string manifest_digest;
    std::string config;
    std::vector<oci::Descriptor> layers;
    std::vector<std::string> layer_data;
};

/// Puts an image with `layers` at `repository`:`tag`.
ScriptedImage add_image(test::ScriptedRegistry& registry, const std::string& repository, const std::string& tag,
                        const std::vector<std::string>& layers, const std::string& architecture = "amd64");

/// An index of `images` ("linux/<architecture>" each).
std::string add_index(test::ScriptedRegistry& registry, const std::string& repository, const std::string& tag,
                      const std::vector<std::pair<std::string, ScriptedImage>>& images);

/// `size` bytes that look random and are the same every time.
std::string make_noise(std::size_t size, unsigned seed = 1);

struct NoProgress final : ProgressListener
{
    void progress(const oci::Digest&, std::uint64_t, std::uint64_t) override {}
};

/// Fetches `descriptors` into files; returns what came.
std::vector<std::string> fetch_all(ImageSource& source, const std::vector<oci::Descriptor>& descriptors,
                                   Verify verify = Verify::Here);

/// The message of the Error that `work` throws; empty when it does not.
std::string error_of(const std::function<void()>& work);

/// Config places with nothing in them, and options for a test's registry: plain http, no waiting.
ConfigPlaces no_places();
TransportOptions test_options();

} // namespace skiff::registry
