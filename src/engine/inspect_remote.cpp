#include "engine/inspect_remote.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/pull.hpp"
#include "registry/archive_source.hpp"
#include "registry/registry_source.hpp"
#include "registry/search.hpp"
#include "registry/short_names.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using registry::ConfigPlaces;

constexpr std::size_t most_tags = 100'000;

RemoteImage resolve(registry::ImageSource& source, const PullOptions& options)
{
    return {source.shown_name(), std::nullopt, source.resolve(make_platform(options))};
}

RemoteImage find_in_registries(Engine& engine, const oci::Reference& asked, const PullOptions& options, Progress& progress)
{
    registry::TransportOptions transport = make_transport_options(engine, options);
    transport.cancel_fd = progress.cancel_fd();
    const ConfigPlaces places = ConfigPlaces::from_environment();
    const auto candidates = registry::resolve_name(registry::load_registries_conf(places), asked).references;
    for (std::size_t i = 0;; ++i) {
        try {
            const auto source = registry::open_registry(candidates[i], places, transport);
            RemoteImage image = resolve(*source, options);
            image.reference = candidates[i];
            return image;
        } catch (const Error& error) {
            if (i + 1 == candidates.size() || error.errno_value() == ECANCELED)
                throw;
            log::info(cat("looking for ", candidates[i].text(), ": ", error.message()));
        }
    }
}

Json list_tags(Engine& engine, const RemoteImage& image, const PullOptions& options)
{
    Json tags = Json::array();
    if (!image.reference) {
        for (const oci::Reference& name : image.document.names)
            tags.push_back(name.with_default_tag().text());
        return tags;
    }
    const ConfigPlaces places = ConfigPlaces::from_environment();
    try {
        for (const std::string& tag : registry::list_tags(*image.reference, most_tags, places, registry::load_registries_conf(places),
                                                          make_transport_options(engine, options)))
            tags.push_back(tag);
    } catch (const Error& error) {
        log::warn(cat("the registry does not list its tags: ", error.message(), "; ignored"));
    }
    return tags;
}

} // namespace

RemoteImage find_remote_image(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress)
{
    const auto transport = registry::find_transport(name);
    if (transport && transport->transport != "docker") {
        const auto source =
            registry::open_source(name, ConfigPlaces::from_environment(), make_transport_options(engine, options));
        return resolve(*source, options);
    }
    const oci::Reference reference = while_doing(cat("parsing reference ", quoted(name)), [&] {
        return oci::Reference::parse(transport ? transport->rest : name).with_default_tag();
    });
    return find_in_registries(engine, reference, options, progress);
}

Json make_remote_document(Engine& engine, const RemoteImage& image, const PullOptions& options, TagList tags)
{
    const oci::ImageConfig& config = image.document.config;
    Json layers = Json::array();
    Json data = Json::array();
    for (const oci::Descriptor& layer : image.document.manifest.layers) {
        layers.push_back(layer.digest.text());
        data.push_back({{"MIMEType", layer.media_type},
                        {"Digest", layer.digest.text()},
                        {"Size", layer.size},
                        {"Annotations", layer.annotations.empty() ? Json(nullptr) : Json(layer.annotations)}});
    }
    Json document;
    document["Name"] = image.reference ? image.reference->name() : image.name;
    document["Digest"] = image.document.index_digest.value_or(image.document.manifest_digest).text();
    document["RepoTags"] = tags == TagList::Wanted ? list_tags(engine, image, options) : Json::array();
    document["Created"] = config.created;
    document["DockerVersion"] = config.docker_version;
    document["Labels"] = config.config.labels.empty() ? Json(nullptr) : Json(config.config.labels);
    document["Architecture"] = config.platform.architecture;
    if (!config.platform.variant.empty())
        document["Variant"] = config.platform.variant;
    document["Os"] = config.platform.os;
    document["Layers"] = std::move(layers);
    document["LayersData"] = std::move(data);
    document["Env"] = config.config.env;
    return document;
}

} // namespace skiff::engine
