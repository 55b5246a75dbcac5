#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace skiff::cli {

/// A document as YAML for readers: what `info` prints. Keys are sorted, lists stand below their key.
std::string to_yaml(const nlohmann::ordered_json& document);

} // namespace skiff::cli
