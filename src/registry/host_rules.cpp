#include "registry/host_rules.hpp"

#include "base/file.hpp"

#include <algorithm>

namespace skiff::registry {

HostRules::HostRules(const ConfigPlaces& places, const RegistriesConf& conf, const TransportOptions& options)
    : places_{places}, conf_{conf}, options_{options}
{
}

void HostRules::set_insecure(const std::string& host_port, bool insecure) { insecure_[host_port] = insecure; }

bool HostRules::is_insecure(const std::string& host_port) const
{
    if (options_.tls_verify)
        return !*options_.tls_verify;
    if (const auto known = insecure_.find(host_port); known != insecure_.end())
        return known->second;
    const RegistryConf* registry = conf_.find(host_port);
    return registry != nullptr && registry->insecure;
}

HostRule HostRules::rule_for(const Url& url) const
{
    HostRule rule;
    const std::string host_port = url.host_port();
    rule.insecure = is_insecure(host_port);
    rule.tls.verify = !rule.insecure;
    if (url.scheme != "https")
        return rule;
    if (!options_.cert_dir.empty()) {
        add_certificates(rule.tls, options_.cert_dir);
        return rule;
    }
    // The first place that has a directory for the host counts, as in containers/image.
    std::vector<std::string> places;
    if (!places_.config_home.empty())
        places.push_back(cat(places_.config_home, "/containers/certs.d/"));
    places.push_back(cat(places_.etc, "/containers/certs.d/"));
    places.push_back(cat(places_.etc, "/docker/certs.d/"));
    for (const std::string& place : places)
        for (const std::string& name : {host_port, cat(url.host, ":", url.port)})
            if (::access((place + name).c_str(), R_OK | X_OK) == 0) {
                add_certificates(rule.tls, place + name);
                return rule;
            }
    return rule;
}

void add_certificates(TlsSettings& tls, const std::string& directory)
{
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : list_directory(AT_FDCWD, directory))
        names.push_back(entry.name);
    std::ranges::sort(names);
    for (const std::string& name : names) {
        const std::string path = cat(directory, "/", name);
        if (name.ends_with(".crt"))
            tls.extra_ca += find_file(AT_FDCWD, path, 1U << 20U).value_or("") + "\n";
        if (!name.ends_with(".cert"))
            continue;
        tls.client_cert = path;
        tls.client_key = cat(path.substr(0, path.size() - 5), ".key");
        if (!std::ranges::binary_search(names, cat(name.substr(0, name.size() - 5), ".key")))
            throw Error{ErrorKind::Failure, cat("missing key ", tls.client_key, " for client certificate ", path,
                                                ". Note that CA certificates should use the extension .crt")};
    }
}

} // namespace skiff::registry
