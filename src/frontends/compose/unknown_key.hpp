#pragma once

#include "frontends/compose/node.hpp"
#include "frontends/compose/schema.hpp"

#include <string>

namespace skiff::compose {

/// Throws "FILE:LINE: services.web Additional property X is not allowed", with what was meant as a hint: the nearest key, where such
/// a key belongs, or a service that is not indented.
[[noreturn]] void refuse_unknown_key(const Table& of, const Node::Entry& entry, const std::string& path);

} // namespace skiff::compose
