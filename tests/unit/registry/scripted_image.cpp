#include "scripted_image.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/index.hpp"
#include "oci/media_type.hpp"

#include <random>
#include <sys/mman.h>

namespace skiff::registry {
namespace {

oci::Descriptor describe(std::string_view type, const std::string& data)
{
    oci::Descriptor descriptor;
    descriptor.media_type = type;
    descriptor.digest = oci::Digest::of(data);
    descriptor.size = data.size();
    return descriptor;
}

} // namespace

ScriptedImage add_image(test::ScriptedRegistry& registry, const std::string& repository, const std::string& tag,
                        const std::vector<std::string>& layers, const std::string& architecture)
{
    ScriptedImage image;
    std::string diff_ids;
    oci::Manifest manifest;
    for (const std::string& data : layers) {
        image.layers.push_back(describe(oci::media_type::oci_layer, data));
        image.layer_data.push_back(data);
        diff_ids += cat(diff_ids.empty() ? "" : ",", "\"", registry.add_blob(repository, data), "\"");
    }
    image.config = cat(R"({"architecture":")", architecture, R"(","os":"linux","rootfs":{"type":"layers","diff_ids":[)",
                       diff_ids, R"(]},"config":{"Cmd":["/bin/sh"]}})");
    registry.add_blob(repository, image.config);
    manifest.media_type = oci::media_type::oci_manifest;
    manifest.config = describe(oci::media_type::oci_config, image.config);
    manifest.layers = image.layers;
    image.manifest = manifest.serialize();
    image.manifest_digest = registry.add_manifest(repository, tag, image.manifest, manifest.media_type);
    return image;
}

std::string add_index(test::ScriptedRegistry& registry, const std::string& repository, const std::string& tag,
                      const std::vector<std::pair<std::string, ScriptedImage>>& images)
{
    oci::Index index;
    index.media_type = oci::media_type::oci_index;
    for (const auto& [architecture, image] : images) {
        index.manifests.push_back(describe(oci::media_type::oci_manifest, image.manifest));
        index.manifests.back().platform = oci::Platform{"linux", architecture, "", "", {}};
    }
    return registry.add_manifest(repository, tag, index.serialize(), index.media_type);
}

std::string make_noise(std::size_t size, unsigned seed)
{
    std::minstd_rand generator{seed};
    std::string data(size, '\0');
    for (char& byte : data)
        byte = static_cast<char>(generator() >> 8U & 255U);
    return data;
}

std::vector<std::string> fetch_all(ImageSource& source, const std::vector<oci::Descriptor>& descriptors, Verify verify)
{
    std::vector<UniqueFd> files;
    std::vector<BlobRequest> requests;
    for (const oci::Descriptor& descriptor : descriptors) {
        files.emplace_back(::memfd_create("blob", MFD_CLOEXEC));
        const int file = files.back().get();
        requests.push_back({descriptor, [file] { return UniqueFd{::fcntl(file, F_DUPFD_CLOEXEC, 0)}; }, {}, verify});
    }
    NoProgress progress;
    source.fetch(requests, progress);
    std::vector<std::string> data;
    for (const UniqueFd& file : files) {
        ::lseek(file.get(), 0, SEEK_SET);
        data.push_back(read_all(file.get(), 1U << 30U, "blob"));
    }
    return data;
}

std::string error_of(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

ConfigPlaces no_places()
{
    ConfigPlaces places;
    places.etc = places.share = places.home = "/nonexistent";
    return places;
}

TransportOptions test_options()
{
    TransportOptions options;
    options.tls_verify = false;
    options.retry_delay = std::chrono::milliseconds{1};
    return options;
}

} // namespace skiff::registry
