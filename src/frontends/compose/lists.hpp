#pragma once

#include "frontends/compose/node.hpp"

#include <string>

/// Lists of texts, and mappings that may be written as such, as the canonical document has them. `path` is what messages call them.
namespace skiff::compose {

/// Throws "FILE:LINE: services.web.ports must be a list, not a text", with how to write one.
void require_list(const Node& node, const std::string& path);

Node make_word(const Node& item, const std::string& path);  ///< one element
Node make_words(const Node& node, const std::string& path); ///< a command: a text is split as a shell does
Node make_test(const Node& node, const std::string& path);  ///< of a health check: a text is a line for the shell
Node make_pairs(const Node& node, const std::string& path); ///< a mapping; names without a value have none
Node make_hosts(const Node& node, const std::string& path); ///< a mapping from names to lists of addresses

void append_unique(Node& list, std::vector<Node> items); ///< what is in the list already is left out

} // namespace skiff::compose
