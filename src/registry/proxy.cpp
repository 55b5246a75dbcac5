#include "registry/proxy.hpp"

#include <cstdlib>
#include <initializer_list>

namespace skiff::registry {
namespace {

std::string first_of(std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') // NOLINT(concurrency-mt-unsafe)
            return value;
    return {};
}

bool is_loopback(const std::string& host)
{
    return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127.");
}

} // namespace

Proxy choose_proxy(const Url& url)
{
    if (is_loopback(url.host))
        return {};
    Proxy proxy;
    proxy.address = url.scheme == "https" ? first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                                          : first_of({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"});
    proxy.exceptions = first_of({"no_proxy", "NO_PROXY"});
    return proxy;
}

} // namespace skiff::registry
