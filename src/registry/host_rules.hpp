#pragma once

#include "registry/http.hpp"
#include "registry/registries_conf.hpp"

#include <map>
#include <string>

namespace skiff::registry {

/// What may be done with one host.
struct HostRule
{
    bool insecure = false; ///< plain http is allowed, certificates are not checked
    TlsSettings tls;
};

/// Decides for each host that a transfer meets, redirects and token servers included (security.md R31): https with
/// verification, except where --tls-verify or registries.conf says otherwise. Loopback is not special, as in Podman.
class HostRules
{
  public:
    HostRules(const ConfigPlaces& places, const RegistriesConf& conf, const TransportOptions& options);

    /// `name` of a repository ("host[:port]/path"), which registries.conf may single out, is insecure from now on or
    /// not.
    void set_insecure(const std::string& host_port, bool insecure);
    [[nodiscard]] HostRule rule_for(const Url& url) const;

  private:
    [[nodiscard]] bool is_insecure(const std::string& host_port) const;

    const ConfigPlaces& places_;
    const RegistriesConf& conf_;
    const TransportOptions& options_;
    std::map<std::string, bool> insecure_; ///< by host[:port]
};

/// The certificates for `host_port` in `directory`: *.crt are authorities, NAME.cert with NAME.key is ours.
void add_certificates(TlsSettings& tls, const std::string& directory);

} // namespace skiff::registry
