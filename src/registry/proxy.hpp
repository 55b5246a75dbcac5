#pragma once

#include "registry/url.hpp"

#include <string>

namespace skiff::registry {

/// How to get through to a host.
struct Proxy
{
    std::string address;    ///< empty: directly
    std::string exceptions; ///< hosts that are reached directly: a list with commas; libcurl compares
};

/// As the environment says, in small letters or capitals: https_proxy or http_proxy by the address's scheme, else
/// all_proxy; no_proxy. This machine itself is always reached directly, as by Go programs.
Proxy choose_proxy(const Url& url);

} // namespace skiff::registry
