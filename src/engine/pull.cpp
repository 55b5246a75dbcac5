#include "engine/pull.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/hello_image.hpp"
#include "engine/image_event.hpp"
#include "engine/manifest_list.hpp"
#include "registry/archive_source.hpp"
#include "registry/registries_conf.hpp"
#include "registry/registry_source.hpp"
#include "registry/search.hpp"
#include "registry/short_names.hpp"
#include "registry/token_cache.hpp"
#include "store/blob_places.hpp"
#include "text/duration.hpp"

#include <algorithm>
#include <cerrno>

#include <array>

namespace skiff::engine {
namespace {

using registry::ImageDocument;
using registry::ImageSource;

/// So that a push can find the layers in the form that they came in.
void remember_blobs(Engine& engine, const ImageDocument& document, const std::string& repository)
{
    store::blob_places::Places places;
    for (std::size_t i = 0; i < document.manifest.layers.size(); ++i) {
        const oci::Descriptor& layer = document.manifest.layers[i];
        if (layer.digest != document.config.diff_ids[i])
            places[document.config.diff_ids[i].text()] = {{layer.digest.text(), layer.size, layer.media_type, {repository}}};
    }
    store::blob_places::add(engine.store().root(), places);
}

/// Fetches from one source. `name` is the full name that the image gets; empty: what the archive calls it.
std::string pull_from(Engine& engine, ImageSource& source, const std::string& name, const PullOptions& options, Progress& progress)
{
    progress.say("Getting image source signatures");
    const ImageDocument document = source.resolve(make_platform(options));
    std::vector<std::string> names;
    if (!name.empty())
        names.push_back(name);
    else
        for (const oci::Reference& reference : document.names)
            names.push_back(reference.with_default_tag().text());
    const store::Image image = store_image(engine, source, document, names, progress);
    add_image_event(engine.store(), "pull", image.id, name.empty() ? source.shown_name() : name);
    if (!name.empty())
        remember_blobs(engine, document, oci::Reference::parse(name).name());
    return image.id;
}

registry::TransportOptions make_transport(Engine& engine, const PullOptions& options, const Progress& progress)
{
    registry::TransportOptions transport = make_transport_options(engine, options);
    transport.cancel_fd = progress.cancel_fd();
    transport.tokens = std::make_shared<registry::TokenCache>();
    return transport;
}

std::vector<oci::Reference> find_candidates(const registry::ConfigPlaces& places, const oci::Reference& asked, Progress& progress,
                                            bool& was_chosen)
{
    const auto can_ask = progress.can_ask() ? registry::CanAsk::Yes : registry::CanAsk::No;
    const registry::Candidates candidates =
        registry::resolve_name(registry::load_registries_conf(places), asked.with_default_tag(), can_ask);
    if (!candidates.ask_user) {
        if (!candidates.description.empty())
            progress.say(candidates.description);
        return candidates.references;
    }
    std::vector<std::string> names;
    for (const oci::Reference& reference : candidates.references)
        names.push_back(reference.text());
    const auto chosen = progress.choose("Please select an image", names);
    if (!chosen)
        throw Error{ErrorKind::Failure, cat("no image was chosen for ", quoted(asked.familiar()))};
    was_chosen = true;
    return {candidates.references[*chosen]};
}

/// In Podman's form.
Error join_errors(const std::vector<Error>& errors)
{
    std::string text = cat(errors.size(), " errors occurred while pulling:");
    for (const Error& error : errors)
        text += cat("\n * ", error.message());
    Error joined{ErrorKind::Failure, text};
    for (const Error& error : errors)
        if (!error.hint().empty())
            joined.add_hint(error.hint());
    return joined;
}

/// A name without registry is tried in each place that it may mean.
std::string pull_name(Engine& engine, const oci::Reference& asked, const PullOptions& options, Progress& progress)
{
    const registry::TransportOptions transport = make_transport(engine, options, progress);
    const auto places = registry::ConfigPlaces::from_environment();
    bool was_chosen = false;
    const std::vector<oci::Reference> candidates = find_candidates(places, asked, progress, was_chosen);
    std::vector<Error> errors;
    for (const oci::Reference& candidate : candidates) {
        progress.say(cat("Trying to pull ", candidate.text(), "..."));
        try {
            const auto source = registry::open_registry(candidate, places, transport);
            std::string id = pull_from(engine, *source, candidate.text(), options, progress);
            if (was_chosen)
                registry::remember_alias(places, asked, candidate);
            return id;
        } catch (const Error& error) {
            if (candidates.size() == 1 || error.errno_value() == ECANCELED)
                throw;
            log::debug(cat("pulling ", candidate.text(), ": ", error.message()));
            errors.push_back(error);
        }
    }
    throw join_errors(errors);
}

bool is_hello(const std::string& name) { return name == "hello" || name == "hello:latest" || name == "localhost/hello"; }

/// True when the registry's tag means another image than the local one. A registry that cannot be reached has nothing newer.
bool has_newer(Engine& engine, const store::FoundImage& local, const PullOptions& options, Progress& progress)
{
    if (local.name.empty())
        return false;
    try {
        const auto source = registry::open_registry(oci::Reference::parse(local.name), registry::ConfigPlaces::from_environment(),
                                                    make_transport(engine, options, progress));
        return oci::Digest::of(source->resolve(make_platform(options)).config_bytes).hex != local.image.id;
    } catch (const Error& error) {
        progress.say(cat("Using the local image: ", error.message()));
        return false;
    }
}

/// What an image says it was built for; what it leaves out is taken to be this machine's.
oci::Platform platform_of(const store::Image& image)
{
    oci::Platform platform = oci::Platform::host();
    if (!image.os.empty())
        platform.os = image.os;
    if (!image.architecture.empty()) {
        platform.architecture = image.architecture;
        platform.variant = image.variant;
    }
    return platform.normalized();
}

std::string mismatch_text(const store::Image& image, const oci::Platform& expected)
{
    return cat("image platform (", platform_of(image).text(), ") does not match the expected platform (", expected.text(), ")");
}

bool is_for(const store::Image& image, const oci::Platform& expected)
{
    return image.is_list() || oci::find_best(std::array{platform_of(image)}, expected).has_value();
}

bool asks_for_platform(const PullOptions& options) { return options.architecture || options.os || options.variant; }

/// Many images name the wrong platform and run all the same, so that this is no error unless somebody asked for one.
void warn_of_platform(const store::Image& image, const PullOptions& options, Progress& progress)
{
    const oci::Platform expected = make_platform(options);
    if (!is_for(image, expected))
        progress.say("WARNING: " + mismatch_text(image, expected));
}

/// The local image that `name` means. One for another platform than was asked for is none; `other` says so.
std::optional<store::FoundImage> find_local(Engine& engine, const std::string& name, const PullOptions& options, std::string& other)
{
    auto found = engine.store().images().find(name);
    if (!found || !asks_for_platform(options))
        return found;
    const oci::Platform expected = make_platform(options);
    if (is_for(found->image, expected))
        return found;
    if (found->name.empty())
        throw Error{ErrorKind::Failure, cat(name, ": ", mismatch_text(found->image, expected))}; // an id cannot be pulled
    other = cat("the local image is for ", platform_of(found->image).text(), ", not for ", expected.text());
    return std::nullopt;
}

std::string find_or_pull(Engine& engine, const std::string& name, PullPolicy policy, const PullOptions& options, Progress& progress)
{
    const auto transport = registry::find_transport(name);
    if (transport && policy != PullPolicy::Never)
        return pull_image(engine, name, options, progress); // names of archives say nothing about what the store has
    std::string other;
    const auto local = find_local(engine, name, options, other);
    switch (policy) {
    case PullPolicy::Never:
        if (!local)
            throw Error{ErrorKind::NotFound, cat(name, ": image not known")}.with_hint(other);
        return local->image.id;
    case PullPolicy::Missing:
        if (local)
            return local->image.id;
        break;
    case PullPolicy::Newer:
        if (local && !has_newer(engine, *local, options, progress))
            return local->image.id;
        break;
    case PullPolicy::Always:
        break;
    }
    if (is_hello(name))
        return install_hello_image(engine);
    return pull_image(engine, name, options, progress);
}

/// Of a list in the store, the image for the platform that is wanted, fetched where the list only names it.
std::string part_of_list(Engine& engine, const store::Image& list, PullPolicy policy, const PullOptions& options, Progress& progress)
{
    const oci::Platform platform = make_platform(options);
    const std::string place = find_part_of_list(engine, list, platform);
    if (place.starts_with("docker://") && policy != PullPolicy::Never)
        return pull_image(engine, place, options, progress);
    return resolve_part_of_list(engine, list, platform).id;
}

} // namespace

registry::TransportOptions make_transport_options(Engine& engine, const PullOptions& options)
{
    const Settings& settings = engine.settings(); // first: its [engine] env may say where credentials and proxies are
    registry::TransportOptions transport = make_transport_options(options);
    if (!options.retries && settings.retry)
        transport.retries = static_cast<unsigned>(std::clamp<std::int64_t>(*settings.retry, 0, 1000));
    if (!options.retry_delay && settings.retry_delay)
        transport.retry_delay = std::chrono::duration_cast<std::chrono::milliseconds>(
            while_doing("retry_delay of containers.conf", [&] { return text::parse_duration(*settings.retry_delay); }));
    transport.retry_refused_connections = options.retries || settings.retry;
    return transport;
}

registry::TransportOptions make_transport_options(const PullOptions& options)
{
    registry::TransportOptions transport;
    transport.tls_verify = options.tls_verify;
    transport.authfile = options.authfile;
    transport.creds = options.credentials.value_or("");
    transport.cert_dir = options.cert_dir;
    if (options.retries)
        transport.retries = *options.retries;
    transport.retry_refused_connections = options.retries.has_value();
    if (options.retry_delay)
        transport.retry_delay = std::chrono::duration_cast<std::chrono::milliseconds>(*options.retry_delay);
    return transport;
}

oci::Platform make_platform(const PullOptions& options)
{
    oci::Platform platform = oci::Platform::host();
    if (options.os)
        platform.os = *options.os;
    if (options.architecture) {
        platform.architecture = *options.architecture;
        platform.variant.clear();
    }
    if (options.variant)
        platform.variant = *options.variant;
    return platform.normalized();
}

std::string pull_image(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress)
{
    const auto transport = registry::find_transport(name);
    if (transport && transport->transport != "docker") {
        const auto source =
            registry::open_source(name, registry::ConfigPlaces::from_environment(), make_transport(engine, options, progress));
        return pull_from(engine, *source, "", options, progress);
    }
    const oci::Reference reference =
        while_doing(cat("parsing reference ", quoted(name)), [&] { return oci::Reference::parse(transport ? transport->rest : name); });
    return pull_name(engine, reference, options, progress);
}

std::vector<std::string> pull_all_tags(Engine& engine, const std::string& name, const PullOptions& options, Progress& progress)
{
    const auto transport_name = registry::find_transport(name);
    if (transport_name && transport_name->transport != "docker")
        throw Error{ErrorKind::Usage, cat("--all-tags is for registries: ", quoted(name))};
    const oci::Reference asked = while_doing(cat("parsing reference ", quoted(name)), [&] {
        return oci::Reference::parse(transport_name ? transport_name->rest : name);
    });
    if (!asked.tag.empty() || asked.digest)
        throw Error{ErrorKind::Usage, "tag can't be used with --all-tags/-a"};
    const registry::TransportOptions transport = make_transport(engine, options, progress);
    const auto places = registry::ConfigPlaces::from_environment();
    const registry::RegistriesConf conf = registry::load_registries_conf(places);
    oci::Reference reference = registry::resolve_name(conf, asked).references.front();
    constexpr std::size_t most_tags = 10'000;
    std::vector<std::string> ids;
    for (const std::string& tag : while_doing("getting repository tags", [&] {
             return registry::list_tags(reference, most_tags, places, conf, transport);
         })) {
        reference.tag = tag;
        progress.say(cat("Trying to pull ", reference.text(), "..."));
        const auto source = registry::open_registry(reference, places, transport);
        ids.push_back(pull_from(engine, *source, reference.text(), options, progress));
    }
    return ids;
}

std::string ensure_image(Engine& engine, const std::string& name, PullPolicy policy, const PullOptions& options, Progress& progress)
{
    std::string id = find_or_pull(engine, name, policy, options, progress);
    auto image = engine.store().images().find_id(id);
    if (image && image->is_list()) {
        id = part_of_list(engine, *image, policy, options, progress);
        image = engine.store().images().find_id(id);
    }
    if (image)
        warn_of_platform(*image, options, progress);
    return id;
}

ImageFacts load_image_facts(const store::Store& store, const std::string& id, const std::string& raw_name)
{
    const auto image = store.images().find_id(id);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(raw_name, ": image not known")}; // removed between pull and create
    ImageFacts facts;
    facts.id = image->id;
    facts.digest = image->digest;
    facts.layers = image->layers;
    if (image->is_read_only() || !store.root().others().empty())
        for (const std::string& layer : image->layers)
            store.layers().require_usable(store.layers().load(layer));
    facts.config = store.images().load_config(*image);
    const auto found = store.images().find(raw_name);
    facts.name = found && found->image.id == id && !found->name.empty() ? found->name
                 : image->names.empty()                                 ? id
                                                                        : image->names.front();
    return facts;
}

void resolve_image_mounts(Engine& engine, ContainerConfig& config, const PullOptions& options, Progress& progress)
{
    for (MountConfig& mount : config.mounts)
        if (mount.type == MountType::Image)
            mount.source = ensure_image(engine, mount.source, PullPolicy::Missing, options, progress);
}

} // namespace skiff::engine
