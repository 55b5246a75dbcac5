#include "registry/registry_source.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "oci/document.hpp"
#include "registry/auth.hpp"
#include "registry/blob_sink.hpp"
#include "registry/policy.hpp"
#include "registry/registry_endpoint.hpp"
#include "registry/resolve_document.hpp"
#include "text/duration.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace skiff::registry {
namespace {

/// Puts a fetch's bytes into a blob's sink.
class BlobFetchSink final : public FetchSink
{
  public:
    explicit BlobFetchSink(const BlobRequest& request) : sink_{request} {}
    bool take(std::string_view data) override { return sink_.take(data); }
    bool flush() override { return sink_.flush(); }
    [[nodiscard]] int blocked_fd() const override { return sink_.blocked_fd(); }
    void start_again() override { assert(false); } // a blob's size is known, so it is continued
    BlobSink& sink() { return sink_; }

  private:
    BlobSink sink_;
};

class RegistrySource final : public ImageSource
{
  public:
    RegistrySource(oci::Reference reference, ConfigPlaces places, TransportOptions options)
        : reference_{std::move(reference)},
          places_{std::move(places)},
          options_{std::move(options)},
          conf_{load_registries_conf(places_)},
          client_{options_.limits, options_.cancel_fd}
    {
    }

    ImageDocument resolve(const oci::Platform& platform) override;
    RawDocument read_document() override;
    ImageDocument resolve_part(const oci::Descriptor& part) override;
    void fetch(std::span<BlobRequest> requests, ProgressListener& progress) override;
    [[nodiscard]] std::string shown_name() const override { return cat("docker://", reference_.familiar()); }

  private:
    using Work = std::function<void(DocumentReader::Found first)>;
    void read_somewhere(const Work& work);
    void read_at(PullSource source, const Work& work);
    DocumentReader reader();
    void read_once(const Work& work);
    [[nodiscard]] std::optional<Credentials> credentials_for(const oci::Reference& there) const;

    oci::Reference reference_;
    ConfigPlaces places_;
    TransportOptions options_;
    RegistriesConf conf_;
    HttpClient client_;
    std::unique_ptr<RegistryEndpoint> endpoint_; ///< the one that had the manifest
};

/// A connection that is refused is a registry that is not running, or a mistake in the name: it is tried again only when
/// somebody asked for retries.
void RegistrySource::read_somewhere(const Work& work)
{
    for (unsigned tries = 1;; ++tries) {
        try {
            return read_once(work);
        } catch (const Error& error) {
            if (error.errno_value() != ECONNREFUSED || !options_.retry_refused_connections || tries > options_.retries)
                throw;
            const std::chrono::milliseconds delay = options_.retry_delay.value_or(std::chrono::seconds{1U << std::min(tries - 1, 6U)});
            log::warn_structured(cat("Failed, retrying in ", text::format_duration_go(delay), " ... (", tries, "/",
                                     options_.retries, "). Error: ", error.message()));
            client_.pause(delay);
        }
    }
}

/// Gives `work` the document that the name stands for, from the first mirror where all of it succeeds.
void RegistrySource::read_once(const Work& work)
{
    while_doing(cat("initializing source ", shown_name()), [&] {
        check_policy(places_, options_.signature_policy, "docker", reference_.text(), shown_name());
        std::string mirrors_said;
        std::vector<PullSource> sources = find_pull_sources(conf_, reference_);
        for (std::size_t i = 0;; ++i) {
            const std::string name = sources[i].reference.name();
            try {
                return read_at(std::move(sources[i]), work);
            } catch (Error& error) {
                if (i + 1 == sources.size() && !mirrors_said.empty())
                    error.add_context(cat("(Mirrors also failed: ", mirrors_said, ")"));
                if (i + 1 == sources.size() || error.errno_value() == ECANCELED)
                    throw;
                log::info(cat("mirror ", name, ": ", error.message()));
                mirrors_said += cat("[", name, ": ", error.message(), "]");
            }
        }
    });
}

ImageDocument RegistrySource::resolve(const oci::Platform& platform)
{
    ImageDocument document;
    read_somewhere([&](DocumentReader::Found first) {
        document = resolve_document(reader(), std::move(first), platform, shown_name());
    });
    return document;
}

RawDocument RegistrySource::read_document()
{
    RawDocument document;
    read_somewhere([&](DocumentReader::Found first) {
        const std::string type = oci::media_type_of_document(first.bytes, first.declared_type);
        document = {std::move(first.bytes), type};
    });
    return document;
}

ImageDocument RegistrySource::resolve_part(const oci::Descriptor& part)
{
    return while_doing(cat("initializing source ", shown_name()), [&] {
        return resolve_part_of_index(reader(), part, shown_name());
    });
}

/// --creds are for the registry that was named, not for its mirrors elsewhere (R32); these may have their own in the
/// files.
std::optional<Credentials> RegistrySource::credentials_for(const oci::Reference& there) const
{
    TransportOptions options = options_;
    if (there.registry != reference_.registry)
        options.creds.clear();
    return find_credentials(places_, conf_, options, there.name());
}

void RegistrySource::read_at(PullSource source, const Work& work)
{
    auto credentials = credentials_for(source.reference);
    endpoint_ = std::make_unique<RegistryEndpoint>(client_, places_, conf_, options_, std::move(source),
                                                   std::move(credentials));
    const oci::Reference& there = endpoint_->reference();
    // With both, the digest says what to get and the tag is a comment, as for Docker and Podman.
    Document first = endpoint_->manifest(there.digest ? there.digest->text() : there.tag);
    if (there.digest)
        while_doing(cat("reading manifest ", there.digest->text(), " in ", there.name()),
                    [&] { oci::verify(*there.digest, first.body, "manifest"); });
    work({std::move(first.body), first.head.header("content-type")});
}

DocumentReader RegistrySource::reader()
{
    DocumentReader reader;
    reader.manifest = [this](const oci::Descriptor& descriptor) {
        Document child = endpoint_->manifest(descriptor.digest.text(), &descriptor);
        return DocumentReader::Found{std::move(child.body), child.head.header("content-type")};
    };
    reader.config = [this](const oci::Descriptor& descriptor) { return endpoint_->blob(descriptor); };
    return reader;
}

void RegistrySource::fetch(std::span<BlobRequest> requests, ProgressListener& progress)
{
    assert(endpoint_ != nullptr); // resolve() comes first
    const IgnoreSigpipe no_signals;
    std::vector<std::unique_ptr<BlobFetchSink>> sinks(requests.size());
    FetchPlan plan;
    plan.count = requests.size();
    plan.start = [&](std::size_t i) -> std::unique_ptr<Fetch> {
        sinks[i] = std::make_unique<BlobFetchSink>(requests[i]);
        if (!sinks[i]->sink().is_wanted())
            return nullptr;
        return endpoint_->fetch_blob(requests[i].descriptor, *sinks[i]);
    };
    plan.on_advance = [&](std::size_t i, Fetch& blob) {
        const oci::Descriptor& descriptor = requests[i].descriptor;
        progress.progress(descriptor.digest, blob.received(), descriptor.size);
        if (!blob.is_done())
            return;
        throw_if_refused(blob, descriptor.digest);
        sinks[i]->sink().finish();
    };
    run_fetches(client_, plan);
}

} // namespace

std::unique_ptr<ImageSource> open_registry(const oci::Reference& reference, const ConfigPlaces& places,
                                           const TransportOptions& options)
{
    assert(reference.has_registry());
    return std::make_unique<RegistrySource>(reference.with_default_tag(), places, options);
}

} // namespace skiff::registry
