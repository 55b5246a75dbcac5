#pragma once

#include "frontends/compose/node.hpp"

#include <string>

/// Single values as the canonical document has them. `path` is what messages call them: "services.web.init".
namespace skiff::compose {

Node make_scalar(const Node& node, const std::string& path); ///< not every text is one: a list or a mapping there is a mistake
Node make_integer(const Node& node, const std::string& path);
Node make_real(const Node& node, const std::string& path);
Node make_flag(const Node& node, const std::string& path);
Node make_duration(const Node& node, const std::string& path); ///< "1m30s"
Node make_bytes(const Node& node, const std::string& path);    ///< in figures, as `config` shows them
Node make_external(const Node& node, const std::string& path); ///< a flag; the name of `external: {name: X}` is its only element

} // namespace skiff::compose
