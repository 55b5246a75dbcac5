#pragma once

#include "oci/descriptor.hpp"
#include "registry/pull_sources.hpp"
#include "registry/registry_host.hpp"

#include <optional>
#include <string>

namespace skiff::registry {

/// One repository at one registry: the addresses of the registry API v2 and what it takes to be let in.
class RegistryEndpoint
{
  public:
    RegistryEndpoint(HttpClient& client, const ConfigPlaces& places, const RegistriesConf& conf,
                     const TransportOptions& options, PullSource source, std::optional<Credentials> credentials);
    RegistryEndpoint(const RegistryEndpoint&) = delete;
    RegistryEndpoint& operator=(const RegistryEndpoint&) = delete;

    [[nodiscard]] const oci::Reference& reference() const { return source_.reference; }

    /// The manifest or index called `tag_or_digest`. `expected` comes from an index that named it.
    /// Throws "reading manifest T in NAME: manifest unknown" and friends.
    Document manifest(const std::string& tag_or_digest, const oci::Descriptor* expected = nullptr);
    /// A small blob in memory, verified.
    std::string blob(const oci::Descriptor& descriptor);
    /// A blob on its way into `sink`; verifying is up to the caller.
    std::unique_ptr<Fetch> fetch_blob(const oci::Descriptor& descriptor, FetchSink& sink);

    [[nodiscard]] RegistryHost& host() { return host_; }

  private:
    FetchRequest request(const std::string& path);
    FetchRequest blob_request(const oci::Descriptor& descriptor);

    PullSource source_;
    RegistryHost host_;
};

/// "reading blob D: ..." for a blob that the registry refuses. Nothing for a 2xx.
void throw_if_refused(const Fetch& fetch, const oci::Digest& digest);

} // namespace skiff::registry
