#include "engine/build_cache_transfer.hpp"

#include "base/log.hpp"
#include "engine/outgoing_image.hpp"
#include "engine/pull.hpp"
#include "engine/send_image.hpp"
#include "registry/open_destination.hpp"
#include "store/blob_places.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

std::unique_ptr<registry::ImageSource> open_place(const registry::TransportName& name, const registry::TransportOptions& transport)
{
    return registry::open_source(cat(name.transport, name.transport == "docker" ? "://" : ":", name.rest), registry::ConfigPlaces::from_environment(),
                                 transport);
}

bool lies_on(const oci::ImageConfig& config, const BuildLayers& below)
{
    return config.diff_ids.size() == below.diff_ids().size() + 1 && std::equal(below.diff_ids().begin(), below.diff_ids().end(), config.diff_ids.begin());
}

/// Not being there is how a cache begins: no word about it.
bool is_absence(const Error& error) { return error.kind() == ErrorKind::NotFound || error.errno_value() == ENOENT; }

bool is_there(const registry::TransportName& name, const registry::TransportOptions& transport)
{
    try {
        (void)open_place(name, transport)->read_document();
        return true;
    } catch (const Error& error) { // then it is sent; what is wrong with the place shows there
        log::debug(cat("looking for ", name.rest, ": ", error.message()));
        return false;
    }
}

build::ImageDraft draft_of(const StageImage& stage, std::size_t layers)
{
    build::ImageDraft draft;
    draft.config.platform = stage.draft.config.platform;
    draft.config.created = stage.draft.config.created;
    draft.layers.assign(stage.draft.layers.begin(), stage.draft.layers.begin() + static_cast<std::ptrdiff_t>(layers));
    draft.diff_ids.assign(stage.draft.diff_ids.begin(), stage.draft.diff_ids.begin() + static_cast<std::ptrdiff_t>(layers));
    return draft;
}

} // namespace

std::optional<store::CachedStep> fetch_cached_step(Engine& engine, const BuildRequest& request, const std::string& key, const BuildLayers& below,
                                                   std::set<std::string>& lost, StageLink& link)
{
    const registry::TransportOptions transport = make_transport_options(engine, request.pull_options);
    for (const CachePlace& place : request.cache_from) {
        if (lost.contains(place.shown()))
            continue;
        try {
            const auto source = open_place(place.image_of(key), transport);
            const registry::ImageDocument document = source->resolve(make_platform(request.pull_options));
            if (!lies_on(document.config, below))
                continue;
            Silence silence;
            const std::vector<store::LayerClaim> layers = fetch_layers(engine, *source, document, silence);
            const store::Layer& layer = layers.back().layer();
            store::CachedStep step;
            step.key = key;
            step.layer = layer.id;
            step.diff_id = layer.diff_id;
            step.tar_size = layer.tar_size;
            step.created = document.config.created;
            return step;
        } catch (const Error& error) {
            if (is_absence(error))
                continue;
            lost.insert(place.shown()); // it would cost the same patience with every step
            link.lose_place(place.shown(), error.message());
        }
    }
    return std::nullopt;
}

void send_cache(Engine& engine, const BuildRequest& request, const std::vector<const StageImage*>& stages, const StageImage& target, BuildOutput& output,
                int cancel_fd)
{
    registry::TransportOptions transport = make_transport_options(engine, request.pull_options);
    transport.cancel_fd = cancel_fd;
    SendOptions send;
    send.cancel_fd = cancel_fd;
    Silence silence;
    for (const CachePlace& place : request.cache_to)
        while_doing(cat("--cache-to ", place.shown()), [&] {
            std::size_t sent = 0;
            for (const StageImage* stage : stages) {
                if (place.only_target && stage != &target)
                    continue;
                for (const StageImage::CachedLayer& step : stage->steps) {
                    const registry::TransportName name = place.image_of(step.key);
                    if (is_there(name, transport))
                        continue;
                    const auto image = open_stored_layers(engine, draft_of(*stage, step.layers), {stage->layers.begin(), stage->layers.begin() + static_cast<std::ptrdiff_t>(step.layers)});
                    const auto form = place.transport == "oci" ? registry::LayerForm::Plain : registry::LayerForm::Compressed;
                    const auto destination = registry::open_destination(name, form, registry::ConfigPlaces::from_environment(), transport);
                    (void)send_image(*image, *destination, send, store::blob_places::load(engine.store().root()), silence);
                    destination->commit();
                    ++sent;
                }
            }
            output.say(cat("Sent ", sent, sent == 1 ? " step to " : " steps to ", place.shown()));
        });
}

} // namespace skiff::engine
