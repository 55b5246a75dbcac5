#include "registry/registry_endpoint.hpp"

#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "registry/registry_error.hpp"

namespace skiff::registry {
namespace {

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
    : source_{std::move(source)},
      host_{client,
            places,
            conf,
            options,
            source_.reference.registry,
            source_.insecure,
            std::move(credentials),
            cat("repository:", source_.reference.repository, ":pull")}
{
}

FetchRequest RegistryEndpoint::request(const std::string& path)
{
    return host_.request(cat(source_.reference.repository, path));
}

Document RegistryEndpoint::manifest(const std::string& tag_or_digest, const oci::Descriptor* expected)
{
    return while_doing(cat("reading manifest ", tag_or_digest, " in ", source_.reference.name()), [&] {
        FetchRequest wanted = request(cat("/manifests/", tag_or_digest));
        wanted.accept = oci::media_type::accepted_manifests;
        wanted.limit = oci::max_manifest_bytes;
        if (expected != nullptr) {
            if (expected->size > oci::max_manifest_bytes)
                throw Error{ErrorKind::Failure,
                            cat("it has ", expected->size, " bytes, more than ", oci::max_manifest_bytes)};
            wanted.exact_size = expected->size;
        }
        Document document = host_.get(std::move(wanted));
        if (!document.is_success())
            throw manifest_refusal(document.status, document.body);
        return document;
    });
}

FetchRequest RegistryEndpoint::blob_request(const oci::Descriptor& descriptor)
{
    FetchRequest wanted = request(cat("/blobs/", descriptor.digest.text()));
    wanted.exact_size = descriptor.size;
    return wanted;
}

std::string RegistryEndpoint::blob(const oci::Descriptor& descriptor)
{
    return while_doing(cat("reading blob ", descriptor.digest.text()), [&] {
        Document document = host_.get(blob_request(descriptor));
        if (!document.is_success())
            throw make_registry_error(document.status, document.body);
        oci::verify(descriptor.digest, document.body, "blob");
        return std::move(document.body);
    });
}

std::unique_ptr<Fetch> RegistryEndpoint::fetch_blob(const oci::Descriptor& descriptor, FetchSink& sink)
{
    return host_.start(blob_request(descriptor), sink);
}

void throw_if_refused(const Fetch& fetch, const oci::Digest& digest)
{
    if (!fetch.is_success())
        while_doing(cat("reading blob ", digest.text()),
                    [&] { throw make_registry_error(fetch.head().status, fetch.refusal()); });
}

} // namespace skiff::registry
