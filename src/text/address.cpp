#include "text/address.hpp"

#include <algorithm>

namespace skiff::text {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// "git@github.com:user/repository": a user and a host before a colon that no slash precedes.
bool is_scp_like(std::string_view text)
{
    const std::size_t colon = text.find(':');
    const std::string_view place = text.substr(0, colon);
    const std::size_t at = place.find('@');
    if (colon == std::string_view::npos || at == std::string_view::npos || at == 0 || at + 1 == colon || text.starts_with('-') ||
        text.substr(colon).starts_with("://"))
        return false;
    return std::all_of(place.begin(), place.end(), [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '@'; });
}

bool is_web_repository(std::string_view address)
{
    const std::string_view path = address.substr(0, address.find('?'));
    return is_web_address(address) && (path.ends_with(".git") || path.ends_with(".git/"));
}

bool has_scheme(std::string_view text)
{
    const std::size_t end = text.find("://");
    const std::string_view scheme = text.substr(0, end);
    return end != std::string_view::npos && !scheme.empty() &&
           std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

} // namespace

bool is_web_address(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

bool is_repository_address(std::string_view text)
{
    const std::string_view address = text.substr(0, text.find('#'));
    return address.starts_with("git://") || address.starts_with("ssh://") || address.starts_with("github.com/") || is_web_repository(address) ||
           is_scp_like(address);
}

bool is_remote_address(std::string_view text) { return has_scheme(text) || is_repository_address(text); }

} // namespace skiff::text
