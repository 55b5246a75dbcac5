#pragma once

#include <nlohmann/json_fwd.hpp>

namespace skiff::cli {

/// This program as `version` and `info` show it.
nlohmann::ordered_json describe_version();

} // namespace skiff::cli
