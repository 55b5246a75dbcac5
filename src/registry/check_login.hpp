#pragma once

#include "registry/auth.hpp"

namespace skiff::registry {

/// Whether the registry `host` ("host[:port]") lets somebody with `credentials` in. Throws when it cannot be asked.
bool check_login(const std::string& host, const Credentials& credentials, const ConfigPlaces& places,
                 const RegistriesConf& conf, const TransportOptions& options);

} // namespace skiff::registry
