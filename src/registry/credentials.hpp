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

/// Runs docker-credential-NAME (found in $PATH: it is the user's own program) with "get" for `server`.
/// Nothing when the helper does not know the server. Throws on an invalid name, a missing program, a failure.
std::optional<Credentials> ask_credential_helper(const std::string& name, const std::string& server);

} // namespace skiff::registry
