#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::registry {

/// One way in that a server offers in WWW-Authenticate.
struct Challenge
{
    std::string scheme;                            ///< lower case: "bearer", "basic"
    std::map<std::string, std::string> parameters; ///< names in lower case: "realm", "service", "scope"

    [[nodiscard]] std::string parameter(const std::string& name) const;
};

/// Reads a WWW-Authenticate value, which may hold several challenges. What cannot be read is left out: the server's
/// bytes are foreign, and a scheme that we understand may stand before or after the rubbish.
/// Source: RFC 7235, section 4.1.
std::vector<Challenge> parse_challenges(std::string_view header_value);

} // namespace skiff::registry
