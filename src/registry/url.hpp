#pragma once

#include <string>
#include <string_view>

namespace skiff::registry {

/// An http or https address, taken apart and put together by libcurl's parser, the same one that will open the
/// connection: two parsers that disagree about the host are an attack.
struct Url
{
    std::string text;   ///< normalized, without fragment
    std::string scheme; ///< "http" or "https"
    std::string host;   ///< lower case; "[::1]" keeps its brackets
    std::string port;   ///< always given

    /// `text` relative to `base` where that is given. Throws Error when it is no http(s) URL or has user information
    /// (R32).
    static Url parse(const std::string& text, const std::string& base = {});

    /// Same scheme, host and port: what may see our credentials (R31).
    [[nodiscard]] bool same_origin(const Url& other) const;
    /// "host" or "host:port" as registries.conf and certs.d write it: without a port that is the scheme's own.
    [[nodiscard]] std::string host_port() const;
    /// A literal address of 169.254.0.0/16 or fe80::/10: where clouds keep their machine's secrets.
    [[nodiscard]] bool is_link_local() const;
    /// For messages: without the query, which holds signatures and tokens at some registries' stores.
    [[nodiscard]] std::string shown() const;
};

/// An address that somebody wrote, as messages and records may show it: in SCHEME://USER:PASSWORD@HOST what stands before the
/// '@' is left out.
std::string shown_address(std::string_view address);

/// `text` with everything but letters, digits and -._~ as %XX, for a query.
std::string percent_encode(std::string_view text);

} // namespace skiff::registry
