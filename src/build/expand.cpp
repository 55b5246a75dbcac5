#include "build/expand.hpp"

#include "base/error.hpp"

namespace skiff::build {
namespace {

constexpr std::size_t max_nesting = 32;
constexpr std::size_t max_expanded_bytes = 16U << 20U; // a value doubled by every line reaches any size
constexpr std::size_t max_matched_bytes = 4U << 10U;   // every place of a value is tried against the pattern
constexpr std::size_t max_pattern_bytes = 256;

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_special(char c) { return std::string_view{"@*#?-$!0"}.find(c) != std::string_view::npos; }

/// A glob as a row of steps, which a text is read against character by character: all places where the pattern may stand
/// are kept at once, so that no pattern takes more than length of text * length of pattern.
class Glob
{
  public:
    explicit Glob(std::string_view pattern)
    {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            const bool escapes = pattern[i] == '\\' && i + 1 < pattern.size();
            const char c = escapes ? pattern[++i] : pattern[i];
            steps_.push_back({escapes ? Kind::Character : c == '*' ? Kind::Star : c == '?' ? Kind::Any : Kind::Character, c});
        }
    }

    /// The length of the longest start of `text` that matches; nothing when not even the empty one does.
    [[nodiscard]] std::optional<std::size_t> longest_match(std::string_view text) const
    {
        std::vector<bool> places = closure({0});
        std::optional<std::size_t> longest;
        if (places.back())
            longest = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::vector<std::size_t> next;
            for (std::size_t at = 0; at < steps_.size(); ++at) {
                if (!places[at])
                    continue;
                if (steps_[at].kind == Kind::Star)
                    next.push_back(at);
                else if (steps_[at].kind == Kind::Any || steps_[at].character == text[i])
                    next.push_back(at + 1);
            }
            if (next.empty())
                break;
            places = closure(next);
            if (places.back())
                longest = i + 1;
        }
        return longest;
    }

    [[nodiscard]] bool matches(std::string_view text) const { return longest_match(text) == text.size(); }

  private:
    enum class Kind { Character, Any, Star };
    struct Step
    {
        Kind kind;
        char character;
    };

    /// `from`, and what lies behind stars that match nothing.
    [[nodiscard]] std::vector<bool> closure(const std::vector<std::size_t>& from) const
    {
        std::vector<bool> places(steps_.size() + 1);
        for (std::size_t at : from) {
            places[at] = true;
            for (; at < steps_.size() && steps_[at].kind == Kind::Star; ++at)
                places[at + 1] = true;
        }
        return places;
    }

    std::vector<Step> steps_;
};

Glob make_glob(std::string_view pattern, std::string_view text)
{
    if (text.size() > max_matched_bytes || pattern.size() > max_pattern_bytes)
        throw Error{ErrorKind::Failure, cat("a value of ", text.size(), " bytes is too long to match a pattern of ", pattern.size(), " against")};
    return Glob{pattern};
}

enum class Mode { Word, Words, Heredoc };

/// One text, read from left to right. Pieces of the result become words only in Mode::Words.
class Expander
{
  public:
    Expander(std::string_view text, Mode mode, Expansion& expansion) : text_(text), mode_(mode), expansion_(expansion) {}

    std::string whole()
    {
        read_until('\0');
        return std::move(out_);
    }

    std::vector<std::string> words()
    {
        read_until('\0');
        end_word();
        return std::move(words_);
    }

  private:
    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }

    void put(char c)
    {
        if (out_.size() >= max_expanded_bytes)
            throw Error{ErrorKind::Failure, cat("the text grows beyond ", max_expanded_bytes >> 20U, " MiB when its variables are filled in")};
        out_ += c;
        in_word_ = true;
    }
    void put(std::string_view text)
    {
        for (const char c : text)
            put(c);
    }

    void end_word()
    {
        if (in_word_)
            words_.push_back(std::move(out_));
        out_.clear();
        in_word_ = false;
    }

    /// A value that stands outside quotes: in Mode::Words its blanks separate.
    void put_value(std::string_view value)
    {
        for (const char c : value) {
            if (mode_ == Mode::Words && (c == ' ' || c == '\t' || c == '\n'))
                end_word();
            else
                put(c);
        }
    }

    void read_until(char stop)
    {
        while (!at_end() && !(stop != '\0' && peek() == stop)) {
            const char c = text_[at_];
            if (mode_ == Mode::Words && stop == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
                ++at_;
                end_word();
            } else if (c == '$') {
                ++at_;
                put_value(dollar());
            } else if (mode_ == Mode::Heredoc) {
                heredoc_character();
            } else if (c == '\'') {
                single_quoted();
            } else if (c == '"') {
                double_quoted();
            } else if (c == expansion_.escape) {
                ++at_;
                if (!at_end())
                    put(text_[at_++]);
            } else {
                put(c);
                ++at_;
            }
        }
        if (stop != '\0' && at_end())
            throw Error{ErrorKind::Failure, cat("syntax error: missing ", quoted(std::string(1, stop)))};
    }

    void heredoc_character()
    {
        const char c = text_[at_++];
        if (c == expansion_.escape && (peek() == '$' || peek() == expansion_.escape))
            put(text_[at_++]);
        else
            put(c);
    }

    void single_quoted()
    {
        const std::size_t end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos)
            throw Error{ErrorKind::Failure, "unexpected end of statement while looking for matching single-quote"};
        in_word_ = true;
        put(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
    }

    void double_quoted()
    {
        in_word_ = true;
        for (++at_; !at_end(); ) {
            const char c = text_[at_++];
            if (c == '"')
                return;
            if (c == '$') {
                put(dollar());
            } else if (c == expansion_.escape && (peek() == '"' || peek() == '$' || peek() == expansion_.escape)) {
                put(text_[at_++]);
            } else {
                put(c);
            }
        }
        throw Error{ErrorKind::Failure, "unexpected end of statement while looking for matching double-quote"};
    }

    std::string read_name()
    {
        const std::size_t start = at_;
        if (is_name_start(peek())) {
            while (is_name_start(peek()) || is_digit(peek()))
                ++at_;
        } else if (peek() >= '1' && peek() <= '9') {
            while (is_digit(peek()))
                ++at_;
        } else if (!at_end() && is_special(peek())) {
            ++at_;
        }
        return std::string{text_.substr(start, at_ - start)};
    }

    std::string value_of(const std::string& name)
    {
        std::optional<std::string> value = expansion_.find(name);
        if (!value)
            expansion_.undefined.insert(name);
        return value.value_or("");
    }

    /// Behind the `$`.
    std::string dollar()
    {
        if (peek() != '{') {
            const std::string name = read_name();
            return name.empty() ? "$" : value_of(name);
        }
        ++at_;
        const std::string name = read_name();
        if (name.empty())
            throw Error{ErrorKind::Failure, "syntax error: bad substitution"};
        if (at_end())
            throw Error{ErrorKind::Failure, "syntax error: missing '}'"};
        const char operation = text_[at_++];
        switch (operation) {
        case '}': return value_of(name);
        case ':': {
            const char what = at_end() ? '\0' : text_[at_++];
            return with_default(name, what, true);
        }
        case '-':
        case '+':
        case '?': return with_default(name, operation, false);
        case '#':
        case '%': return without_match(name, operation);
        case '/': return with_replacement(name);
        default: throw Error{ErrorKind::Failure, cat("unsupported modifier (", operation, ") in substitution")};
        }
    }

    /// The text up to the closing brace or slash, itself expanded.
    std::string nested_until(char stop, bool patterns = false)
    {
        if (depth_ >= max_nesting)
            throw Error{ErrorKind::Failure, "variables are nested too deeply"};
        Expander inner{text_, mode_ == Mode::Heredoc ? Mode::Heredoc : Mode::Word, expansion_};
        inner.at_ = at_;
        inner.depth_ = depth_ + 1;
        if (patterns)
            inner.read_pattern(stop);
        else
            inner.read_until(stop);
        at_ = inner.at_ + 1;
        return std::move(inner.out_);
    }

    /// As read_until, but an escaped character stays escaped for the matcher.
    void read_pattern(char stop)
    {
        while (!at_end() && peek() != stop && peek() != '}') {
            const char c = text_[at_++];
            if (c == expansion_.escape && !at_end()) {
                put('\\');
                put(text_[at_++]);
            } else if (c == '$') {
                put(dollar());
            } else {
                put(c);
            }
        }
        if (at_end())
            throw Error{ErrorKind::Failure, "syntax error: missing '}'"};
    }

    std::string with_default(const std::string& name, char operation, bool empty_is_unset)
    {
        const std::string word = nested_until('}');
        const std::optional<std::string> value = expansion_.find(name);
        const bool is_set = value && !(empty_is_unset && value->empty());
        switch (operation) {
        case '-': return is_set ? *value : word;
        case '+': return is_set ? word : "";
        case '?':
            if (!is_set)
                throw Error{ErrorKind::Failure, cat(name, ": ", !word.empty() ? word : empty_is_unset ? "is not allowed to be empty" : "is not allowed to be unset")};
            return *value;
        default: throw Error{ErrorKind::Failure, cat("unsupported modifier (:", operation, ") in substitution")};
        }
    }

    std::string without_match(const std::string& name, char operation)
    {
        const bool doubled = peek() == operation;
        if (doubled)
            ++at_;
        const std::string pattern = nested_until('}', true);
        const std::string value = value_of(name);
        const Match match = doubled ? Match::Longest : Match::Shortest;
        return operation == '#' ? without_prefix(value, pattern, match) : without_suffix(value, pattern, match);
    }

    std::string with_replacement(const std::string& name)
    {
        const bool all = peek() == '/';
        if (all)
            ++at_;
        const std::string pattern = nested_until('/', true);
        const bool has_replacement = at_ > 0 && text_[at_ - 1] == '/';
        const std::string replacement = has_replacement ? nested_until('}') : "";
        return replace_matches(value_of(name), pattern, replacement, all ? Replace::All : Replace::First);
    }

    std::string_view text_;
    Mode mode_;
    Expansion& expansion_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::string out_;
    bool in_word_ = false;
    std::vector<std::string> words_;
};

} // namespace

std::string without_prefix(std::string_view text, std::string_view pattern, Match match)
{
    const Glob glob = make_glob(pattern, text);
    if (match == Match::Longest)
        return std::string{text.substr(glob.longest_match(text).value_or(0))};
    for (std::size_t length = 0; length <= text.size(); ++length)
        if (glob.matches(text.substr(0, length)))
            return std::string{text.substr(length)};
    return std::string{text};
}

std::string without_suffix(std::string_view text, std::string_view pattern, Match match)
{
    const Glob glob = make_glob(pattern, text);
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const std::size_t start = match == Match::Longest ? i : text.size() - i;
        if (glob.matches(text.substr(start)))
            return std::string{text.substr(0, start)};
    }
    return std::string{text};
}

std::string replace_matches(std::string_view text, std::string_view pattern, std::string_view replacement, Replace replace)
{
    const Glob glob = make_glob(pattern, text);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = glob.longest_match(text.substr(at)).value_or(0);
        if (length == 0) {
            out += text[at++];
            continue;
        }
        out += replacement;
        at += length;
        if (replace == Replace::First)
            return out += text.substr(at);
    }
    return out;
}

std::string expand_word(std::string_view word, Expansion& expansion)
{
    return Expander{word, Mode::Word, expansion}.whole();
}

std::vector<std::string> expand_words(std::string_view text, Expansion& expansion)
{
    return Expander{text, Mode::Words, expansion}.words();
}

std::string expand_heredoc(std::string_view body, Expansion& expansion)
{
    return Expander{body, Mode::Heredoc, expansion}.whole();
}

} // namespace skiff::build
