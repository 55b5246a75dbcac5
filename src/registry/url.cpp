#include "registry/url.hpp"

#include "base/cat.hpp"
#include "base/error.hpp"
#include "registry/curl_library.hpp"

#include <algorithm>
#include <cctype>
#include <memory>

namespace skiff::registry {
namespace {

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl().url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr)
        return {};
    const std::unique_ptr<char, void (*)(void*)> owner{text, curl().free};
    return text;
}

Error bad_url(const std::string& text, std::string_view why)
{
    return Error{ErrorKind::Failure, cat("the address ", skiff::quoted(text.substr(0, 300)), " ", why)};
}

bool has_control_characters(std::string_view text)
{
    return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

} // namespace

Url Url::parse(const std::string& text, const std::string& base)
{
    if (has_control_characters(text)) // libcurl is lenient here
        throw bad_url(text, "has spaces or control characters in it");
    const std::unique_ptr<CURLU, void (*)(CURLU*)> url{curl().url(), curl().url_cleanup};
    // Every scheme is let through here and refused below, so that the message can say which one it was.
    constexpr unsigned flags = CURLU_NON_SUPPORT_SCHEME;
    if (!base.empty() && curl().url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK)
        throw bad_url(base, "cannot be read");
    if (curl().url_set(url.get(), CURLUPART_URL, text.c_str(), flags) != CURLUE_OK)
        throw bad_url(text, "cannot be read");
    if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty())
        throw Error{ErrorKind::Failure, "an address with a user name or password in it is refused"};
    curl().url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);

    Url result;
    result.scheme = part_of(url.get(), CURLUPART_SCHEME);
    if (result.scheme != "http" && result.scheme != "https")
        throw bad_url(text, "is neither http nor https");
    result.text = part_of(url.get(), CURLUPART_URL);
    result.host = part_of(url.get(), CURLUPART_HOST);
    std::ranges::transform(result.host, result.host.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    result.port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (result.host.empty() || result.text.empty())
        throw bad_url(text, "has no host");
    return result;
}

bool Url::same_origin(const Url& other) const
{
    return scheme == other.scheme && host == other.host && port == other.port;
}

std::string Url::host_port() const
{
    const bool is_default = (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
    return is_default ? host : cat(host, ":", port);
}

bool Url::is_link_local() const
{
    for (const std::string_view prefix : {"169.254.", "[::ffff:169.254.", "[::ffff:a9fe:"})
        if (host.starts_with(prefix))
            return true;
    // fe80::/10 is fe80 to febf.
    return host.size() > 5 && host.starts_with("[fe") &&
           std::string_view{"89ab"}.find(host[3]) != std::string_view::npos;
}

std::string Url::shown() const { return text.substr(0, text.find('?')); }

std::string shown_address(std::string_view address)
{
    const std::size_t scheme = address.find("://");
    if (scheme == std::string_view::npos)
        return std::string{address}; // USER@HOST:PATH, as git has it, has no place for a password
    const std::size_t host = scheme + 3;
    const std::size_t end = std::min(address.find_first_of("/?#", host), address.size());
    const std::size_t at = address.substr(host, end - host).rfind('@');
    if (at == std::string_view::npos)
        return std::string{address};
    return cat(address.substr(0, host), address.substr(host + at + 1));
}

std::string percent_encode(std::string_view text)
{
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x80 && std::isalnum(byte) != 0) || std::string_view{"-._~"}.find(c) != std::string_view::npos)
            encoded += c;
        else
            (encoded += '%') += {digits[byte >> 4U], digits[byte & 15U]};
    }
    return encoded;
}

} // namespace skiff::registry
