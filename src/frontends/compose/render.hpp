#pragma once

#include "frontends/compose/node.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace skiff::compose {

/// A canonical document as JSON: numbers and booleans where the schema has them, keys sorted.
nlohmann::ordered_json to_json(const Node& node);

/// The text that hashes are made of: without places, keys sorted.
std::string fingerprint_text(const Node& node);
/// Lower-case hex of SHA-256.
std::string fingerprint(const Node& node);

} // namespace skiff::compose
