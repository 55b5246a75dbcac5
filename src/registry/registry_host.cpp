#include "registry/registry_host.hpp"

#include "base/error.hpp"

namespace skiff::registry {
namespace {

std::string api_host(const std::string& registry)
{
    return registry == "docker.io" || registry == "index.docker.io" ? "registry-1.docker.io" : registry;
}

} // namespace

RegistryHost::RegistryHost(HttpClient& client, const ConfigPlaces& places, const RegistriesConf& conf,
                           const TransportOptions& options, std::string name, bool insecure,
                           std::optional<Credentials> credentials, std::string scope)
    : client_{client},
      options_{options},
      name_{std::move(name)},
      rules_{places, conf, options},
      authorizer_{client, rules_, options, std::move(credentials), std::move(scope)},
      base_{find_base(insecure)}
{
}

Url RegistryHost::find_base(bool insecure)
{
    const std::string host = api_host(name_);
    const Url https = Url::parse(cat("https://", host, "/v2/"));
    const Url http = Url::parse(cat("http://", host, "/v2/"));
    rules_.set_insecure(https.host_port(), insecure);
    rules_.set_insecure(http.host_port(), insecure);
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
    return while_doing(cat("pinging container registry ", name_), [&] {
        try {
            return ping(https);
        } catch (const Error& error) {
            if (error.errno_value() == ECANCELED)
                throw;
            return ping(http);
        }
    });
}

Url RegistryHost::api(const std::string& path) const { return Url::parse(cat(base_.text, path)); }

FetchRequest RegistryHost::request(const std::string& path)
{
    FetchRequest request;
    request.url = api(path);
    request.authorizer = &authorizer_;
    return request;
}

Document RegistryHost::get(FetchRequest request)
{
    return fetch_document(client_, rules_, options_, std::move(request));
}

std::unique_ptr<Fetch> RegistryHost::start(FetchRequest request, FetchSink& sink)
{
    return std::make_unique<Fetch>(client_, rules_, options_, std::move(request), sink);
}

} // namespace skiff::registry
