// push_list: a part of manifest_list.hpp.

#include "engine/manifest_list.hpp"

#include "base/error.hpp"
#include "engine/copy_image.hpp"
#include "engine/image_event.hpp"
#include "engine/interrupt.hpp"
#include "engine/pull.hpp"
#include "engine/push.hpp"
#include "engine/send_index.hpp"

namespace skiff::engine {
namespace {

constexpr std::string_view own_transport = "containers-storage:";

std::unique_ptr<OutgoingImage> open_part(Engine& engine, const std::string& place, const registry::TransportOptions& transport)
{
    if (!place.starts_with(own_transport))
        return open_registry_image(place.substr(std::string_view{"docker://"}.size()), transport);
    const std::string id = place.substr(own_transport.size());
    const auto image = engine.store().images().find_id(id);
    if (!image)
        throw Error{ErrorKind::NotFound, cat("image ", id.substr(0, 12), " of the list is not in the store any more")};
    return open_stored_image(engine, *image);
}

} // namespace

std::string push_list(Engine& engine, const PushListRequest& request, Progress& progress)
{
    const store::FoundImage found = resolve_list(engine, request.list);
    registry::TransportName name{"docker", found.name};
    if (!request.destination.empty())
        name = registry::find_transport(request.destination).value_or(registry::TransportName{"docker", request.destination});
    else if (found.name.empty()) {
        const auto names = engine.store().images().names_of(found.image);
        if (names.empty())
            throw Error{ErrorKind::Usage, "the list has no name: name a destination"};
        name.rest = names.front();
    }
    engine.enter_user_namespace(); // single-threaded until here
    const InterruptGuard interrupt;
    registry::TransportOptions transport = make_transport_options(engine, request.transport);
    transport.cancel_fd = interrupt.fd();
    SendOptions send = request.send;
    send.cancel_fd = interrupt.fd();
    add_configured_compression(engine, send);
    const std::string text = engine.store().images().load_manifest_text(found.image);
    const oci::Index index = oci::Index::parse(text, found.image.media_type);
    std::vector<IndexPart> parts;
    for (const oci::Descriptor& entry : index.manifests) {
        parts.push_back({entry, nullptr});
        if (request.all)
            parts.back().open = [&engine, &transport, place = found.image.parts.at(entry.digest.text())] {
                return open_part(engine, place, transport);
            };
    }
    progress.say("Getting image list signatures");
    progress.say(cat("Copying ", request.all ? parts.size() : 0, " images generated from ",
                     parts.size(), " images in list"));
    const auto destination = registry::open_destination(name, registry::LayerForm::Compressed,
                                                        registry::ConfigPlaces::from_environment(), transport);
    const SentImage sent = send_index({text, found.image.media_type}, parts, *destination, send, request.add_compression,
                                      store::blob_places::load(engine.store().root()), progress);
    destination->commit();
    store::blob_places::add(engine.store().root(), sent.learned);
    add_image_event(engine.store(), "push", found.image.id, destination->shown_name());
    return sent.digest.text();
}

} // namespace skiff::engine
