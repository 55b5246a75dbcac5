#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skiff::compose {

/// Pieces with a separator between them.
std::string joined(const std::vector<std::string>& pieces, std::string_view separator);

/// A value among others with commas between, as options read it: quoted where it has commas or quotes.
std::string csv_field(const std::string& value);

} // namespace skiff::compose
