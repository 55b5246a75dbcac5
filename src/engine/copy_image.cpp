#include "engine/copy_image.hpp"

#include "base/error.hpp"
#include "engine/image_event.hpp"
#include "engine/interrupt.hpp"
#include "engine/manifest_list.hpp"
#include "engine/pull.hpp"
#include "engine/push.hpp"
#include "engine/send_index.hpp"
#include "engine/tag_image.hpp"
#include "oci/media_type.hpp"
#include "registry/archive_source.hpp"
#include "registry/open_destination.hpp"

namespace skiff::engine {
namespace {

using registry::ConfigPlaces;
using registry::ImageSource;
using registry::TransportName;
using registry::TransportOptions;

constexpr std::string_view own_transport = "containers-storage:";

TransportName require_transport(const std::string& text)
{
    const auto name = registry::find_transport(text);
    if (!name)
        throw Error{ErrorKind::Usage, cat("invalid image name ", quoted(text), ", expected colon-separated transport:reference")}
            .with_hint("as in docker://debian:12, oci-archive:debian.tar or containers-storage:debian");
    return *name;
}

/// Where `text` leads, and how to go there again for a transfer beside the first.
struct Source
{
    std::shared_ptr<ImageSource> first;
    std::string repository; ///< of a registry
    std::function<std::shared_ptr<ImageSource>(const oci::Digest&)> again; ///< the manifest of that digest; may be empty
};

Source open(const TransportName& name, const TransportOptions& transport)
{
    const auto places = ConfigPlaces::from_environment();
    if (name.transport != "docker")
        return {std::shared_ptr<ImageSource>{registry::open_archive(name, places, transport).source}, "", nullptr};
    const oci::Reference reference = oci::Reference::parse_normalized(name.rest);
    return {std::shared_ptr<ImageSource>{registry::open_source(cat("docker://", reference.text()), places, transport)}, reference.name(),
            [reference, transport, places](const oci::Digest& digest) {
                std::shared_ptr<ImageSource> source =
                    registry::open_source(cat("docker://", reference.name(), "@", digest.text()), places, transport);
                (void)source->read_document(); // from now on it knows where to fetch from
                return source;
            }};
}

std::unique_ptr<OutgoingImage> outgoing(const Source& source, const registry::ImageDocument& document)
{
    OpenSource open_another;
    if (source.again)
        open_another = [again = source.again, digest = document.manifest_digest] { return again(digest); };
    return open_foreign_image(source.first, document, std::move(open_another), source.repository);
}

SentImage send_whole_index(const Source& source, const registry::RawDocument& raw, registry::ImageDestination& destination,
                           const CopyImageRequest& request, const SendOptions& send, const store::blob_places::Places& places,
                           Progress& progress)
{
    std::vector<IndexPart> parts;
    for (const oci::Descriptor& entry : oci::Index::parse(raw.bytes, raw.media_type).manifests) {
        parts.push_back({entry, nullptr});
        if (!request.index_only)
            parts.back().open = [&source, entry] { return outgoing(source, source.first->resolve_part(entry)); };
    }
    return send_index(raw, parts, destination, send, {}, places, progress);
}

std::string copy_into_store(Engine& engine, const CopyImageRequest& request, const TransportName& from, const TransportOptions& transport,
                            Progress& progress)
{
    if (request.all)
        throw Error{ErrorKind::Usage, "the store holds an image for one platform; copy them one by one, or leave --all out"};
    const std::string name = make_new_name(request.to.substr(own_transport.size())).text();
    const Source source = open(from, transport);
    progress.say("Getting image source signatures");
    const registry::ImageDocument document = source.first->resolve(make_platform(request.platform));
    const store::Image image = store_image(engine, *source.first, document, {name}, progress);
    add_image_event(engine.store(), "pull", image.id, name);
    return document.manifest_digest.text();
}

} // namespace

std::unique_ptr<OutgoingImage> open_registry_image(const std::string& name, const TransportOptions& transport)
{
    const Source source = open({"docker", name}, transport);
    return outgoing(source, source.first->resolve(oci::Platform::host()));
}

std::string copy_image(Engine& engine, const CopyImageRequest& request, Progress& progress)
{
    if (request.from.starts_with(own_transport)) {
        const std::string image = request.from.substr(own_transport.size());
        if (request.to.starts_with(own_transport)) {
            tag_image(engine, image, {request.to.substr(own_transport.size())});
            return engine.store().images().resolve(image).image.digest;
        }
        const TransportName to = require_transport(request.to);
        return push_image(engine, {image, cat(to.transport, to.transport == "docker" ? "://" : ":", to.rest), request.to_transport, request.send, false}, progress);
    }
    const TransportName from = require_transport(request.from);
    if (request.to.starts_with(own_transport)) {
        engine.enter_user_namespace();
        return copy_into_store(engine, request, from, make_transport_options(engine, request.from_transport), progress);
    }
    const TransportName to = require_transport(request.to);
    const InterruptGuard interrupt;
    TransportOptions from_transport = make_transport_options(engine, request.from_transport);
    TransportOptions to_transport = make_transport_options(engine, request.to_transport);
    from_transport.cancel_fd = to_transport.cancel_fd = interrupt.fd();
    SendOptions send = request.send;
    send.cancel_fd = interrupt.fd();
    const Source source = open(from, from_transport);
    progress.say("Getting image source signatures");
    store::blob_places::Places places; // between strangers nothing of the store is needed
    const auto destination = registry::open_destination(to, registry::LayerForm::Kept, ConfigPlaces::from_environment(), to_transport);
    const auto copy = [&] {
        if (request.all || request.index_only) {
            const registry::RawDocument raw = source.first->read_document();
            if (oci::media_type::is_index(raw.media_type))
                return send_whole_index(source, raw, *destination, request, send, places, progress);
        }
        const auto image = outgoing(source, source.first->resolve(make_platform(request.platform)));
        return send_image(*image, *destination, send, places, progress);
    };
    const SentImage sent = copy();
    destination->commit();
    return sent.digest.text();
}

} // namespace skiff::engine
