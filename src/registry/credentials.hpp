#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skiff::registry {

/// What proves to a registry who we are. Never printed, logged or put in an argument list (security.md R38).
struct Credentials
{
    std::string username;
    std::string password;
    std::string identity_token; ///< an OAuth2 refresh token instead of a password

    bool operator==(const Credentials&) const = default;
};

/// Reads --creds: "USER[:PASSWORD]". Throws Error(Usage).
Credentials parse_credentials(std::string_view text);

} // namespace skiff::registry
