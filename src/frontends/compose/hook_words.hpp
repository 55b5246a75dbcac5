#pragma once

#include "frontends/compose/node.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// A hook (post_start, pre_stop, develop.watch.exec) in the words of `skiff exec`, without the program's name. Pure.
std::vector<std::string> hook_words(const Node& hook, const std::string& container);

} // namespace skiff::compose
