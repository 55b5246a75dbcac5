#include "registry/credentials.hpp"

#include "base/error.hpp"

namespace skiff::registry {

Credentials parse_credentials(std::string_view text)
{
    const std::size_t colon = text.find(':');
    Credentials credentials;
    credentials.username = text.substr(0, colon);
    if (credentials.username.empty())
        throw Error{ErrorKind::Usage, "credentials can't be empty: the user name is missing"};
    if (colon != std::string_view::npos)
        credentials.password = text.substr(colon + 1);
    return credentials;
}

} // namespace skiff::registry
