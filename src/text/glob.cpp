#include "text/glob.hpp"

#include "base/error.hpp"
#include "text/utf8.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::text {
namespace {

[[noreturn]] void fail() { throw Error{ErrorKind::Failure, "syntax error in pattern"}; }

struct Range
{
    char32_t first;
    char32_t last;
};

/// One position of the pattern.
struct Element
{
    enum class Kind
    {
        Literal,
        Any,
        Star,
        Class
    };

    Kind kind = Kind::Literal;
    char32_t literal = 0;
    bool negated = false;
    std::vector<Range> ranges;

    [[nodiscard]] bool matches(char32_t c, bool slash_is_special) const
    {
        if (kind == Kind::Literal)
            return c == literal;
        if (slash_is_special && c == '/')
            return false;
        if (kind == Kind::Any)
            return true;
        bool inside = false;
        for (const Range& range : ranges)
            inside = inside || (c >= range.first && c <= range.last);
        return inside != negated;
    }
};

class PatternReader
{
  public:
    explicit PatternReader(std::string_view pattern) : rest_{pattern} {}

    std::vector<Element> read()
    {
        std::vector<Element> out;
        while (!rest_.empty()) {
            const char32_t c = take();
            Element element;
            if (c == '*')
                element.kind = Element::Kind::Star;
            else if (c == '?')
                element.kind = Element::Kind::Any;
            else if (c == '[')
                element = read_class();
            else
                element.literal = c == '\\' ? take() : c;
            const bool second_star =
                element.kind == Element::Kind::Star && !out.empty() && out.back().kind == Element::Kind::Star;
            if (!second_star)
                out.push_back(std::move(element));
        }
        return out;
    }

  private:
    char32_t take()
    {
        if (rest_.empty())
            fail();
        const Rune rune = first_rune(rest_);
        rest_.remove_prefix(rune.length);
        return rune.value;
    }

    /// A bound of a range; "-" and "]" have to be escaped, as in Go.
    char32_t take_bound()
    {
        if (rest_.empty() || rest_[0] == '-' || rest_[0] == ']')
            fail();
        const char32_t c = take();
        const char32_t bound = c == '\\' ? take() : c;
        if (rest_.empty())
            fail();
        return bound;
    }

    Element read_class()
    {
        Element element;
        element.kind = Element::Kind::Class;
        if (!rest_.empty() && rest_[0] == '^') {
            element.negated = true;
            rest_.remove_prefix(1);
        }
        while (element.ranges.empty() || rest_.empty() || rest_[0] != ']') {
            const char32_t first = take_bound();
            char32_t last = first;
            if (rest_[0] == '-') {
                rest_.remove_prefix(1);
                last = take_bound();
            }
            element.ranges.push_back({first, last});
        }
        rest_.remove_prefix(1);
        return element;
    }

    std::string_view rest_;
};

/// Walks name and pattern side by side; on a mismatch it goes back to the last star and lets that eat one character
/// more. Earlier stars need no second try, so the time is at most the product of the lengths.
bool matches(const std::vector<Element>& pattern, std::string_view name, bool slash_is_special)
{
    struct Retry
    {
        std::size_t pattern;
        std::string_view name;
    };
    std::optional<Retry> retry;
    std::size_t at = 0;
    while (!name.empty() || at < pattern.size()) {
        if (at < pattern.size() && pattern[at].kind == Element::Kind::Star) {
            retry = Retry{at++, name};
            continue;
        }
        const Rune rune = name.empty() ? Rune{0, 0, false} : first_rune(name);
        if (at < pattern.size() && !name.empty() && pattern[at].matches(rune.value, slash_is_special)) {
            ++at;
            name.remove_prefix(rune.length);
            continue;
        }
        if (!retry || retry->name.empty() || (slash_is_special && retry->name[0] == '/'))
            return false;
        retry->name.remove_prefix(first_rune(retry->name).length);
        name = retry->name;
        at = retry->pattern + 1;
    }
    return true;
}

} // namespace

bool matches_path(std::string_view pattern, std::string_view path)
{
    return matches(PatternReader{pattern}.read(), path, true);
}

bool matches_name(std::string_view pattern, std::string_view name)
{
    return matches(PatternReader{pattern}.read(), name, false);
}

} // namespace skiff::text
