#include "registry/check_login.hpp"

#include "base/error.hpp"
#include "registry/registry_error.hpp"
#include "registry/registry_host.hpp"

namespace skiff::registry {

bool check_login(const std::string& host, const Credentials& credentials, const ConfigPlaces& places,
                 const RegistriesConf& conf, const TransportOptions& options)
{
    HttpClient client{options.limits, options.cancel_fd};
    const RegistryConf* found = conf.find(host);
    RegistryHost registry{client, places, conf, options, host, found != nullptr && found->insecure, credentials, ""};
    try {
        const Document answer = registry.get(registry.request(""));
        if (answer.status == 401 || answer.status == 403)
            return false;
        if (!answer.is_success())
            throw make_registry_error(answer.status, answer.body);
        return true;
    } catch (const CredentialsRefused&) {
        return false;
    }
}

} // namespace skiff::registry
