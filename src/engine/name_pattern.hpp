#pragma once

#include <functional>
#include <string>

namespace skiff::engine {

/// --filter name=PATTERN: a regular expression that may fit anywhere in the name; what people write is mostly a part of
/// it. Throws Error(Usage) when it is none. (POSIX extended ones: what names need of Go's is the same.)
std::function<bool(const std::string&)> make_name_pattern(const std::string& pattern);

} // namespace skiff::engine
