#include "text/suggest.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace skiff::text {
namespace {

/// Words of commands, options and fields are short; a longer one is no slip of the finger.
constexpr std::size_t longest_word = 64;

int folded(char c) { return std::tolower(static_cast<unsigned char>(c)); }

bool begins_with(std::string_view text, std::string_view beginning)
{
    return text.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), text.begin(),
                                                         [](char a, char b) { return folded(a) == folded(b); });
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    // Three rows of the table of distances between beginnings: a swap looks two rows back.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped =
                i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]);
            if (swapped)
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    if (word.size() < 2 || word.size() > longest_word)
        return std::nullopt;
    const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
    std::optional<std::string> best;
    std::size_t best_distance = limit + 1;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > longest_word)
            continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (best || word.size() < 3)
        return best;
    const auto longer = std::find_if(candidates.begin(), candidates.end(),
                                     [&](std::string_view candidate) { return begins_with(candidate, word); });
    return longer == candidates.end() ? std::nullopt : std::optional<std::string>{*longer};
}

std::optional<std::string> find_nearest(std::string_view word, const std::vector<std::string>& candidates)
{
    const std::vector<std::string_view> views{candidates.begin(), candidates.end()};
    return find_nearest(word, std::span{views});
}

} // namespace skiff::text
