#pragma once

#include "base/unique_fd.hpp"
#include "oci/digest.hpp"
#include "registry/transport_options.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace skiff::build {

/// What lies at an http(s) address.
struct RemoteFile
{
    UniqueFd content;   ///< an unlinked file, read position at its start
    std::uint64_t size = 0;
    oci::Digest digest; ///< of the content: what a cache key is made of
    std::string name;   ///< the last part of the address's path; empty when that ends in '/'
    std::optional<std::int64_t> modified_s; ///< Last-Modified; nothing when the server does not say
};

/// Throws Error(Failure) when the server refuses, and when the content is not `checksum` ("sha256:..."; empty: anything).
RemoteFile fetch_remote_file(const std::string& address, const std::string& checksum, const registry::TransportOptions& transport);

/// "https://host/a/b%20c.txt?x=1" → "b c.txt"; never with a slash or "..".
std::string remote_file_name(const std::string& address);

} // namespace skiff::build
