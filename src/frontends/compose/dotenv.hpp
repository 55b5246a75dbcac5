#pragma once

#include "frontends/compose/interpolate.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skiff::compose {

/// Reads an env_file or .env: K=V, K="V", K='V', `export K=V`, K alone (taken from `lookup`, unset when it has none), comments.
/// Unquoted and double-quoted values are interpolated by `lookup` and the lines before; double quotes know \n \r \t \\ \" and may span
/// lines. With `raw` everything behind '=' is the value. In the order of the file; a name may come again.
/// What the values become is taken from `budget`. Throws Error "FILE:LINE: ...". Source: the Compose Specification, "env_file".
std::vector<std::pair<std::string, std::optional<std::string>>> read_dotenv(std::string_view text, const std::string& file,
                                                                           const Lookup& lookup, const OnUnset& on_unset,
                                                                           ByteBudget& budget, bool raw = false);

} // namespace skiff::compose
