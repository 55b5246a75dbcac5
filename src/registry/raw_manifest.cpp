#include "registry/raw_manifest.hpp"

#include "base/error.hpp"
#include "oci/document.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "registry/auth.hpp"
#include "registry/pull_sources.hpp"
#include "registry/registry_error.hpp"
#include "registry/registry_host.hpp"

namespace skiff::registry {

RawDocument read_raw_manifest(const oci::Reference& reference, const ConfigPlaces& places,
                              const TransportOptions& options)
{
    const RegistriesConf conf = load_registries_conf(places);
    const PullSource there = find_pull_sources(conf, reference).back();
    const oci::Reference& name = there.reference;
    const std::string tag = name.digest ? name.digest->text() : name.tag;
    return while_doing(cat("reading image \"docker://", reference.text(), "\": fetching manifest ", tag, " in ", name.name()), [&] {
        HttpClient client{options.limits, options.cancel_fd};
        RegistryHost host{client, places, conf, options, name.registry, there.insecure,
                          find_credentials(places, conf, options, name.name()),
                          cat("repository:", name.repository, ":pull")};
        // Whether the registry can be reached at all is one question, what it has another.
        while_doing(cat("pinging container registry ", name.registry), [&] { (void)host.get(host.request("")); });
        FetchRequest request = host.request(cat(name.repository, "/manifests/", tag));
        request.accept = oci::media_type::accepted_manifests;
        request.limit = oci::max_manifest_bytes;
        Document document = host.get(std::move(request));
        if (!document.is_success())
            throw make_registry_error(document.status, document.body);
        if (name.digest)
            oci::verify(*name.digest, document.body, "manifest");
        const std::string type = oci::media_type_of_document(document.body, document.head.header("content-type"));
        return RawDocument{std::move(document.body), type};
    });
}

} // namespace skiff::registry
