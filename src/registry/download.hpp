#pragma once

#include "base/unique_fd.hpp"
#include "registry/config_places.hpp"
#include "registry/transport_options.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace skiff::registry {

struct Download
{
    UniqueFd file;
    std::optional<std::int64_t> modified_s; ///< Last-Modified, seconds since 1970; nothing when the server does not say
};

/// What lies at an address that the user wrote, and what the server says about it.
Download download_with_facts(const std::string& address, const ConfigPlaces& places, const TransportOptions& options);

/// What lies at an address that the user wrote, in an unlinked temporary file, read position at its start. Plain http
/// is allowed when the address says so.
UniqueFd download(const std::string& address, const ConfigPlaces& places, const TransportOptions& options);

} // namespace skiff::registry
