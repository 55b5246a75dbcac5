#pragma once

#include "base/version.hpp"

/// Where this program comes from. The definitions are generated (build_info.cpp.in) and alone in their file, because they change
/// with every commit.
namespace skiff::cli {

extern const std::string_view commit; ///< empty outside a git checkout
extern const long long built;         ///< unix time of that commit: the same sources give the same program

} // namespace skiff::cli
