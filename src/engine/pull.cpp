#include "engine/pull.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/hello_image.hpp"
#include "engine/image_event.hpp"
#include "registry/archive_source.hpp"
#include "registry/registries_conf.hpp"
#include "registry/registry_source.hpp"
#include "registry/short_names.hpp"

#include <array>

namespace skiff::engine {
namespace {

using registry::ImageDocument;
using registry::ImageSource;

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
    return image.id;
}

/// A name without registry is tried in each place that it may mean; the last complaint is told when none has it.
std::string pull_name(Engine& engine, const oci::Reference& asked, const PullOptions& options, Progress& progress)
{
    const auto places = registry::ConfigPlaces::from_environment();
    const registry::Candidates candidates = registry::resolve_name(registry::load_registries_conf(places), asked.with_default_tag());
    if (!candidates.description.empty())
        progress.say(candidates.description);
    const registry::TransportOptions transport = make_transport_options(options);
    std::optional<Error> first;
    for (const oci::Reference& candidate : candidates.references) {
        progress.say(cat("Trying to pull ", candidate.text(), "..."));
        try {
            const auto source = registry::open_registry(candidate, places, transport);
            return pull_from(engine, *source, candidate.text(), options, progress);
        } catch (const Error& error) {
            if (candidates.references.size() == 1)
                throw;
            log::debug(cat("pulling ", candidate.text(), ": ", error.message()));
            if (!first)
                first = error;
        }
    }
    first->add_context(cat(candidates.references.size(), " registries were tried for ", quoted(asked.familiar())));
    throw *first;
}

bool is_hello(const std::string& name) { return name == "hello" || name == "hello:latest" || name == "localhost/hello"; }

/// True when the registry's tag means another image than the local one. A registry that cannot be reached has nothing newer.
bool has_newer(Engine& engine, const store::FoundImage& local, const PullOptions& options, Progress& progress)
{
    if (local.name.empty())
        return false;
    try {
        const auto source = registry::open_registry(oci::Reference::parse(local.name), registry::ConfigPlaces::from_environment(),
                                                    make_transport_options(options));
        return oci::Digest::of(source->resolve(make_platform(options)).config_bytes).hex != local.image.id;
    } catch (const Error& error) {
        progress.say(cat("Using the local image: ", error.message()));
        (void)engine;
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
    return oci::find_best(std::array{platform_of(image)}, expected).has_value();
}

bool asks_for_platform(const PullOptions& options) { return options.architecture || options.os || options.variant; }

/// Many images name the wrong platform and run all the same, so that this is no error unless somebody asked for one.
void warn_of_platform(Engine& engine, const std::string& id, const PullOptions& options, Progress& progress)
{
    const oci::Platform expected = make_platform(options);
    if (const auto image = engine.store().images().find_id(id); image && !is_for(*image, expected))
        progress.say("WARNING: " + mismatch_text(*image, expected));
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

} // namespace

registry::TransportOptions make_transport_options(const PullOptions& options)
{
    registry::TransportOptions transport;
    transport.tls_verify = options.tls_verify;
    transport.authfile = options.authfile;
    transport.creds = options.credentials.value_or("");
    transport.cert_dir = options.cert_dir;
    if (options.retries)
        transport.retries = *options.retries;
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
            registry::open_source(name, registry::ConfigPlaces::from_environment(), make_transport_options(options));
        return pull_from(engine, *source, "", options, progress);
    }
    const oci::Reference reference =
        while_doing(cat("parsing reference ", quoted(name)), [&] { return oci::Reference::parse(transport ? transport->rest : name); });
    return pull_name(engine, reference, options, progress);
}

std::string ensure_image(Engine& engine, const std::string& name, PullPolicy policy, const PullOptions& options, Progress& progress)
{
    const std::string id = find_or_pull(engine, name, policy, options, progress);
    warn_of_platform(engine, id, options, progress);
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
