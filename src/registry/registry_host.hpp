#pragma once

#include "registry/authorizer.hpp"
#include "registry/fetch.hpp"

#include <optional>
#include <string>

namespace skiff::registry {

/// One registry: where its API is, what certificates it may have, and what it takes to be let in for one scope.
class RegistryHost
{
  public:
    /// `name` is "host[:port]" as references write it. Finds out by a "ping" whether an insecure registry speaks https or
    /// plain http; others are not asked anything yet. `scope` is what tokens are asked for where the registry does not
    /// say: "repository:NAME:pull", "registry:catalog:*", or nothing to prove no more than a password.
    RegistryHost(HttpClient& client, const ConfigPlaces& places, const RegistriesConf& conf,
                 const TransportOptions& options, std::string name, bool insecure,
                 std::optional<Credentials> credentials, std::string scope);
    RegistryHost(const RegistryHost&) = delete;
    RegistryHost& operator=(const RegistryHost&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    /// `path` behind "/v2/".
    [[nodiscard]] Url api(const std::string& path) const;
    /// An authorized request for what lies there.
    [[nodiscard]] FetchRequest request(const std::string& path);
    /// Waits for the answer, which may be a refusal.
    Document get(FetchRequest request);
    std::unique_ptr<Fetch> start(FetchRequest request, FetchSink& sink);

    [[nodiscard]] HttpClient& client() { return client_; }
    [[nodiscard]] const HostRules& rules() const { return rules_; }
    [[nodiscard]] const TransportOptions& options() const { return options_; }
    [[nodiscard]] Authorizer& authorizer() { return authorizer_; }

  private:
    Url find_base(bool insecure);

    HttpClient& client_;
    const TransportOptions& options_;
    std::string name_;
    HostRules rules_;
    Authorizer authorizer_;
    Url base_;
};

} // namespace skiff::registry
