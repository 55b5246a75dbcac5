#include "engine/push.hpp"

#include "base/error.hpp"
#include "engine/image_event.hpp"
#include "engine/interrupt.hpp"
#include "engine/manifest_list.hpp"
#include "engine/pull.hpp"

namespace skiff::engine {
namespace {

constexpr std::string_view own_transport = "containers-storage:";

registry::TransportName find_destination(const store::FoundImage& image, const std::string& text)
{
    if (!text.empty()) {
        const auto transport = registry::find_transport(text);
        return transport ? *transport : registry::TransportName{"docker", text};
    }
    if (image.name.empty())
        throw Error{ErrorKind::Usage, cat("image ", image.image.id.substr(0, 12), " was not called by a name: name a destination")};
    return {"docker", image.name};
}

registry::LayerForm layer_form(const std::string& transport, bool compress)
{
    if (transport == "dir" && !compress)
        return registry::LayerForm::Kept;
    return registry::LayerForm::Compressed;
}

/// One of the images that go into an archive, with its names there.
struct Saved
{
    store::Image image;
    std::vector<std::string> names;
};

std::vector<Saved> find_saved(Engine& engine, const SaveRequest& request)
{
    std::vector<Saved> all;
    for (const std::string& word : request.images) {
        const bool is_name = request.only_names && !all.empty();
        const auto found = is_name ? std::nullopt : engine.store().images().find(word);
        if (!found && !is_name && (request.only_images || all.empty()))
            (void)engine.store().images().resolve(word); // throws
        std::string name;
        if (!found)
            name = while_doing(cat("normalizing name ", quoted(word)), [&] {
                const oci::Reference reference = oci::Reference::parse(word);
                return (reference.has_registry() ? reference : reference.in_registry("localhost")).with_default_tag().text();
            });
        else if (found->name.find('@') == std::string::npos)
            name = found->name;
        const bool is_same = found && !all.empty() && all.back().image.id == found->image.id;
        if (found && !is_same)
            all.push_back({resolve_part_of_list(engine, found->image), {}});
        if (is_name && all.back().names.size() == 1 && &word == &request.images[1])
            all.back().names.clear();
        if (!name.empty())
            all.back().names.push_back(name);
    }
    return all;
}

} // namespace

void add_configured_compression(Engine& engine, SendOptions& options)
{
    const auto& format = engine.settings().compression_format;
    if (options.compression || !format)
        return;
    if (*format == "zstd")
        options.compression = archive::Compression::Zstd;
    else if (*format == "gzip")
        options.compression = archive::Compression::Gzip;
}

std::string push_image(Engine& engine, const PushRequest& request, Progress& progress)
{
    const store::FoundImage found = engine.store().images().resolve(request.image);
    if (request.destination.starts_with(own_transport))
        throw Error{ErrorKind::Usage, "an image of the store is not pushed to the store"}.with_hint("`skiff tag` gives it another name");
    const registry::TransportName name = find_destination(found, request.destination);
    if (found.image.is_list())
        return push_list(engine, {request.image, request.destination, request.transport, request.send, true}, progress);
    const InterruptGuard interrupt;
    registry::TransportOptions transport = make_transport_options(engine, request.transport);
    transport.cancel_fd = interrupt.fd();
    SendOptions send = request.send;
    add_configured_compression(engine, send);
    progress.say("Getting image source signatures");
    const auto image = open_stored_image(engine, found.image);
    const auto destination = registry::open_destination(name, layer_form(name.transport, request.compress),
                                                        registry::ConfigPlaces::from_environment(), transport);
    const SentImage sent =
        send_image(*image, *destination, send, store::blob_places::load(engine.store().root()), progress);
    destination->commit();
    store::blob_places::add(engine.store().root(), sent.learned);
    add_image_event(engine.store(), "push", found.image.id, destination->shown_name());
    return sent.digest.text();
}

void save_images(Engine& engine, const SaveRequest& request, Progress& progress)
{
    std::vector<Saved> images = find_saved(engine, request);
    if (images.size() > 1 && request.format == registry::DiskFormat::DockerDirectory)
        throw Error{ErrorKind::Usage, "a docker-dir has room for one image"};
    engine.enter_user_namespace(); // single-threaded until here
    const InterruptGuard interrupt;
    registry::ArchivePlan plan;
    plan.format = request.format;
    plan.layers = request.uncompressed ? registry::LayerForm::Plain
                  : request.compress || request.format != registry::DiskFormat::DockerDirectory
                      ? registry::LayerForm::Compressed
                      : registry::LayerForm::Kept;
    const auto archive = request.output.empty() ? registry::create_archive(request.output_fd, plan)
                                                : registry::create_archive(request.output, plan);
    const store::blob_places::Places no_places;
    for (Saved& saved : images) {
        const auto image = open_stored_image(engine, saved.image);
        const auto destination = archive->add_image(std::move(saved.names));
        SendOptions send;
        send.cancel_fd = interrupt.fd();
        send_image(*image, *destination, send, no_places, progress);
        add_image_event(engine.store(), "save", saved.image.id, request.output.empty() ? "-" : request.output);
    }
    archive->finish();
}

} // namespace skiff::engine
