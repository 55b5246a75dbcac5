#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skiff::registry {

/// Standard alphabet with padding (RFC 4648, 4).
std::string base64_encode(std::string_view data);
/// Nothing when `text` is not base64; missing padding is forgiven.
std::optional<std::string> find_base64(std::string_view text);

} // namespace skiff::registry
