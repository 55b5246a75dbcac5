#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace skiff::registry {

/// How long a server wants to be left alone: the value of its Retry-After header, seconds or a date. Nothing for
/// anything else.
std::optional<std::chrono::seconds> find_retry_after(const std::string& value);

} // namespace skiff::registry
