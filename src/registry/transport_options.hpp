#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace skiff::registry {

class TokenCache;

/// What bounds a transfer, whatever the other side does (security.md R33).
struct TransferLimits
{
    std::chrono::milliseconds connect_timeout{30'000};
    std::uint32_t low_speed_bytes = 256; ///< per second, on average over low_speed_time: slower is given up
    std::chrono::seconds low_speed_time{60};
    std::chrono::seconds longest_retry_after{120}; ///< a server that asks for more patience is not waited for
};

/// How to reach registries: what the command line says over what the configuration files say.
struct TransportOptions
{
    std::optional<bool> tls_verify; ///< nothing: as registries.conf says
    std::string authfile;           ///< nothing but this file; empty: the usual places
    std::string creds;              ///< USER[:PASSWORD] instead of any file
    std::string cert_dir;           ///< instead of certs.d
    unsigned retries = 3;           ///< after the first try, as long as nothing moves; progress starts the count again
    std::optional<std::chrono::milliseconds> retry_delay; ///< nothing: 1 s, doubled each time, with jitter
    bool retry_refused_connections = false; ///< a registry that is not running is waited for, too, as Podman does
    std::shared_ptr<TokenCache> tokens;     ///< shared by several transfers; empty: each has its own
    int cancel_fd = -1;                                   ///< readable: every transfer ends with Error ECANCELED
    std::string temp_dir;         ///< for archives that must be stored to be read; empty: $TMPDIR or /var/tmp
    std::string signature_policy; ///< this policy.json instead of the usual ones
    TransferLimits limits;
};

} // namespace skiff::registry
