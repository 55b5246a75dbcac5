#pragma once

#include "base/error.hpp"

#include <string_view>

namespace skiff::registry {

/// What a registry's refusal means, in the words that Podman uses: "manifest unknown", "unauthorized: authentication
/// required", "denied: requested access to the resource is denied". The body's text is made safe for a terminal (R51).
/// NotFound when the registry does not have the thing.
Error make_registry_error(int status, std::string_view body);

/// "Not Found" for 404; empty for unknown ones.
std::string_view status_text(int status);

} // namespace skiff::registry
