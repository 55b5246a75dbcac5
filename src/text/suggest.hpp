#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// "Did you mean".
namespace skiff::text {

/// Insertions, deletions, replacements and swaps of neighbours between two words, capitals counting as small letters.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` was probably meant to be: the nearest one within a third of the word's length (at least
/// one), or one that begins with it. The first of equals wins.
std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string_view> candidates);
std::optional<std::string> find_nearest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace skiff::text
