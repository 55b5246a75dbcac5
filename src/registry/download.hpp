#pragma once

#include "base/unique_fd.hpp"
#include "registry/config_places.hpp"
#include "registry/transport_options.hpp"

#include <string>
#include <string_view>

namespace skiff::registry {

/// Whether `text` is an http or https address.
bool is_address(std::string_view text);

/// What lies at an address that the user wrote, in an unlinked temporary file, read position at its start. Plain http
/// is allowed when the address says so.
UniqueFd download(const std::string& address, const ConfigPlaces& places, const TransportOptions& options);

} // namespace skiff::registry
