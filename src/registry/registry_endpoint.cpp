#include "registry/registry_endpoint.hpp"

#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "registry/registry_error.hpp"

namespace skiff::registry {
namespace {

std::string api_host(const std::string& registry)
{
    return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

Error manifest_refusal(int status, const std::string& body)
{
    // Registries that are a plain file server behind a proxy answer 404 with a page.
    if (status == 404 && !body.starts_with('{'))
        return Error{ErrorKind::NotFound, "manifest unknown"};
    return make_registry_error(status, body);
}

} // namespace

RegistryEndpoint::RegistryEndpoint(HttpClient& client, const ConfigPlaces& places, const RegistriesConf& conf,
                                   const TransportOptions& options, PullSource source,
                                   std::optional<Credentials> credentials)
    : client_{client},
      options_{options},
      source_{std::move(source)},
      rules_{places, conf, options},
      authorizer_{client, rules_, options, std::move(credentials),
                  cat("repository:", source_.reference.repository, ":pull")},
      base_{find_base()}
{
}

Url RegistryEndpoint::find_base()
{
    const std::string host = api_host(source_.reference.registry);
    const Url https = Url::parse(cat("https://", host, "/v2/"));
    const Url http = Url::parse(cat("http://", host, "/v2/"));
    rules_.set_insecure(https.host_port(), source_.insecure);
    rules_.set_insecure(http.host_port(), source_.insecure);
    if (!rules_.rule_for(https).insecure)
        return https;
    TransportOptions once = options_;
    once.retries = 0;
    const auto ping = [&](const Url& url) {
        FetchRequest request;
        request.url = url;
        fetch_document(client_, rules_, once, std::move(request)); // any answer will do
        return url;
    };
    return while_doing(cat("pinging container registry ", source_.reference.registry), [&] {
        try {
            return ping(https);
        } catch (const Error& error) {
            if (error.errno_value() == ECANCELED)
                throw;
            return ping(http);
        }
    });
}

Url RegistryEndpoint::api(const std::string& path) const
{
    return Url::parse(cat(base_.text, source_.reference.repository, path));
}

Document RegistryEndpoint::manifest(const std::string& tag_or_digest, const oci::Descriptor* expected)
{
    return while_doing(cat("reading manifest ", tag_or_digest, " in ", source_.reference.name()), [&] {
        FetchRequest request;
        request.url = api(cat("/manifests/", tag_or_digest));
        request.accept = oci::media_type::accepted_manifests;
        request.authorizer = &authorizer_;
        request.limit = oci::max_manifest_bytes;
        if (expected != nullptr) {
            if (expected->size > oci::max_manifest_bytes)
                throw Error{ErrorKind::Failure,
                            cat("it has ", expected->size, " bytes, more than ", oci::max_manifest_bytes)};
            request.exact_size = expected->size;
        }
        Document document = fetch_document(client_, rules_, options_, std::move(request));
        if (!document.is_success())
            throw manifest_refusal(document.status, document.body);
        return document;
    });
}

FetchRequest RegistryEndpoint::blob_request(const oci::Descriptor& descriptor)
{
    FetchRequest request;
    request.url = api(cat("/blobs/", descriptor.digest.text()));
    request.authorizer = &authorizer_;
    request.exact_size = descriptor.size;
    return request;
}

std::string RegistryEndpoint::blob(const oci::Descriptor& descriptor)
{
    return while_doing(cat("reading blob ", descriptor.digest.text()), [&] {
        Document document = fetch_document(client_, rules_, options_, blob_request(descriptor));
        if (!document.is_success())
            throw make_registry_error(document.status, document.body);
        oci::verify(descriptor.digest, document.body, "blob");
        return std::move(document.body);
    });
}

std::unique_ptr<Fetch> RegistryEndpoint::fetch_blob(const oci::Descriptor& descriptor, FetchSink& sink)
{
    return std::make_unique<Fetch>(client_, rules_, options_, blob_request(descriptor), sink);
}

void throw_if_refused(const Fetch& fetch, const oci::Digest& digest)
{
    if (!fetch.is_success())
        while_doing(cat("reading blob ", digest.text()),
                    [&] { throw make_registry_error(fetch.head().status, fetch.refusal()); });
}

} // namespace skiff::registry
