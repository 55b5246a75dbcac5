#pragma once

#include "text/json_fields.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace skiff::text {

/// Parses one YAML document whose meaning is JSON, as other tools write it, with the limits and the strictness of parse_strict_json().
/// Unquoted scalars are null, true, false and numbers as in YAML 1.2's core schema; all else is text. Refused besides: aliases, tags,
/// keys that are no texts, a second document.
/// Throws Error(Failure) "invalid YAML in line N: ...".
nlohmann::json parse_strict_yaml(const std::string& text, const JsonLimits& limits = {});

} // namespace skiff::text
