#pragma once

#include "frontends/compose/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace skiff::compose {

/// Bounds for what strangers wrote. A node that an alias repeats counts again.
struct YamlLimits
{
    std::size_t bytes = 4U << 20U;
    std::size_t nodes = 100'000;
    std::size_t depth = 64;
};

/// The documents of a YAML file: aliases are resolved, merge keys (`<<`) are merged, !reset and !override are remembered. Scalars stay
/// texts; unquoted `22:22`, `yes` and `no` are nothing else. Throws Error "FILE:LINE: ..." for what is no YAML, for duplicate keys,
/// for keys that are no texts, and for what exceeds the limits; common mistakes get a hint.
std::vector<Node> read_yaml(const std::string& text, const std::string& file, const YamlLimits& limits = {});

} // namespace skiff::compose
