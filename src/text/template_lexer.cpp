#include "text/template_lexer.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace skiff::text {
namespace {

using Type = Token::Type;

constexpr std::string_view left_delimiter = "{{";
constexpr std::string_view right_delimiter = "}}";
constexpr std::string_view spaces = " \t\r\n";
constexpr std::array<std::string_view, 10> keywords{"block", "break", "continue", "define",   "else",
                                                    "end",   "if",    "range",    "template", "with"};

bool is_space(char c) { return spaces.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters, digits and underscore. Beyond ASCII every character that is printed counts as a letter.
bool is_alphanumeric(char32_t c)
{
    if (c < 0x80)
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return c >= 0xAA && c != 0xFFFD && is_printable(c);
}

/// Go's %#U.
std::string unicode_name(char32_t c)
{
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(c));
    std::string out = code.data();
    if (is_printable(c)) {
        out += " '";
        append_rune(out, c);
        out += '\'';
    }
    return out;
}

class Lexer
{
  public:
    explicit Lexer(std::string_view text) : text_{text} {}

    std::vector<Token> run()
    {
        while (!finished_) {
            if (inside_action_)
                lex_inside_action();
            else
                lex_text();
        }
        return std::move(tokens_);
    }

  private:
    static constexpr char32_t at_end = 0xFFFFFFFF;

    [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }
    [[nodiscard]] bool starts_with(std::string_view what) const { return rest().substr(0, what.size()) == what; }
    [[nodiscard]] char32_t peek() const { return rest().empty() ? at_end : first_rune(rest()).value; }

    char32_t next()
    {
        if (rest().empty())
            return at_end;
        const Rune rune = first_rune(rest());
        position_ += rune.length;
        return rune.value;
    }

    bool accept(std::string_view any_of)
    {
        if (rest().empty() || any_of.find(rest()[0]) == std::string_view::npos)
            return false;
        ++position_;
        return true;
    }

    void accept_run(std::string_view any_of)
    {
        while (accept(any_of)) {
        }
    }

    /// Forgets what was read since the last token.
    void ignore()
    {
        line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(start_),
                                                     text_.begin() + static_cast<std::ptrdiff_t>(position_), '\n'));
        start_ = position_;
    }

    void emit(Type type)
    {
        tokens_.push_back({type, start_, line_, std::string{text_.substr(start_, position_ - start_)}});
        ignore();
    }

    void fail(std::string message)
    {
        tokens_.push_back({Type::Error, start_, line_, std::move(message)});
        finished_ = true;
    }

    /// "}}", or " -}}" which also eats the space behind it.
    [[nodiscard]] bool at_trimming_right_delimiter() const
    {
        return rest().size() >= 4 && is_space(rest()[0]) && rest()[1] == '-' && rest().substr(2, 2) == right_delimiter;
    }
    [[nodiscard]] bool at_right_delimiter() const
    {
        return starts_with(right_delimiter) || at_trimming_right_delimiter();
    }

    void skip_spaces()
    {
        position_ = std::min(text_.find_first_not_of(spaces, position_), text_.size());
        ignore();
    }

    void lex_text()
    {
        const std::size_t found = text_.find(left_delimiter, position_);
        const std::size_t end = std::min(found, text_.size());
        std::size_t kept = end;
        const std::string_view behind = text_.substr(std::min(end + left_delimiter.size(), text_.size()));
        const bool trims = behind.size() >= 2 && behind[0] == '-' && is_space(behind[1]);
        if (trims)
            while (kept > position_ && is_space(text_[kept - 1]))
                --kept;
        position_ = kept;
        if (position_ > start_)
            emit(Type::Text);
        position_ = end;
        ignore();
        if (found == std::string_view::npos) {
            emit(Type::End);
            finished_ = true;
            return;
        }
        lex_left_delimiter(trims ? 2 : 0);
    }

    void lex_left_delimiter(std::size_t marker)
    {
        position_ += left_delimiter.size();
        if (text_.substr(position_ + marker, 2) == "/*") {
            position_ += marker + 2;
            ignore();
            lex_comment();
            return;
        }
        emit(Type::LeftDelimiter);
        position_ += marker;
        ignore();
        depth_ = 0;
        inside_action_ = true;
    }

    void lex_comment()
    {
        const std::size_t end = text_.find("*/", position_);
        if (end == std::string_view::npos)
            return fail("unclosed comment");
        position_ = end + 2;
        if (!at_right_delimiter())
            return fail("comment ends before closing delimiter");
        lex_right_delimiter();
        tokens_.pop_back();
    }

    void lex_right_delimiter()
    {
        const bool trims = at_trimming_right_delimiter();
        if (trims) {
            position_ += 2;
            ignore();
        }
        position_ += right_delimiter.size();
        emit(Type::RightDelimiter);
        if (trims)
            skip_spaces();
        inside_action_ = false;
    }

    void lex_inside_action()
    {
        if (at_right_delimiter())
            return depth_ == 0 ? lex_right_delimiter() : fail("unclosed left paren");
        const char32_t c = next();
        switch (c) {
        case at_end:
            return fail("unclosed action");
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            return lex_space();
        case '=':
            return emit(Type::Assign);
        case ':':
            return accept("=") ? emit(Type::Declare) : fail("expected :=");
        case '|':
            return emit(Type::Pipe);
        case '"':
            return lex_quoted('"', Type::String, "unterminated quoted string");
        case '\'':
            return lex_quoted('\'', Type::Character, "unterminated character constant");
        case '`':
            return lex_raw_string();
        case '$':
            return lex_name(Type::Variable, Type::Variable);
        case '(':
            ++depth_;
            return emit(Type::LeftParenthesis);
        case ')':
            if (--depth_ < 0)
                return fail("unexpected right paren");
            return emit(Type::RightParenthesis);
        case '.':
            if (!rest().empty() && !is_digit(rest()[0]))
                return lex_name(Type::Field, Type::Dot);
            break;
        default:
            break;
        }
        lex_word(c);
    }

    void lex_word(char32_t c)
    {
        if (c == '.' || c == '+' || c == '-' || (c < 0x80 && is_digit(static_cast<char>(c)))) {
            position_ = start_;
            lex_number();
        } else if (is_alphanumeric(c)) {
            lex_identifier();
        } else if (c < 0x80 && is_printable(c)) {
            emit(Type::Other);
        } else {
            fail(cat("unrecognized character in action: ", unicode_name(c)));
        }
    }

    void lex_space()
    {
        // The last space may belong to " -}}".
        position_ = start_;
        while (!rest().empty() && is_space(rest()[0]) && !at_trimming_right_delimiter())
            ++position_;
        if (position_ > start_)
            emit(Type::Space);
    }

    void lex_quoted(char quote, Type type, const char* unterminated)
    {
        for (;;) {
            char32_t c = next();
            if (c == '\\') {
                c = next();
                if (c != at_end && c != '\n')
                    continue;
            }
            if (c == at_end || c == '\n')
                return fail(unterminated);
            if (c == static_cast<unsigned char>(quote))
                return emit(type);
        }
    }

    void lex_raw_string()
    {
        const std::size_t end = text_.find('`', position_);
        if (end == std::string_view::npos)
            return fail("unterminated raw quoted string");
        position_ = end + 1;
        emit(Type::RawString);
    }

    /// What follows a "." or "$".
    void lex_name(Type type, Type alone)
    {
        while (!rest().empty() && is_alphanumeric(peek()))
            next();
        if (!at_terminator())
            return fail(cat("bad character ", unicode_name(peek())));
        emit(position_ - start_ == 1 ? alone : type);
    }

    void lex_identifier()
    {
        while (!rest().empty() && is_alphanumeric(peek()))
            next();
        if (!at_terminator())
            return fail(cat("bad character ", unicode_name(peek())));
        const std::string_view word = text_.substr(start_, position_ - start_);
        if (word == "true" || word == "false")
            emit(Type::Bool);
        else if (word == "nil")
            emit(Type::Nil);
        else if (std::find(keywords.begin(), keywords.end(), word) != keywords.end())
            emit(Type::Keyword);
        else
            emit(Type::Identifier);
    }

    [[nodiscard]] bool at_terminator() const
    {
        return rest().empty() || is_space(rest()[0]) ||
               std::string_view{".,|:)("}.find(rest()[0]) != std::string_view::npos || starts_with(right_delimiter);
    }

    void lex_number()
    {
        accept("+-");
        std::string_view digits = "0123456789_";
        bool hexadecimal = false;
        if (accept("0")) {
            if (accept("xX")) {
                digits = "0123456789abcdefABCDEF_";
                hexadecimal = true;
            } else if (accept("oO")) {
                digits = "01234567_";
            } else if (accept("bB")) {
                digits = "01_";
            }
        }
        accept_run(digits);
        if (accept("."))
            accept_run(digits);
        if (hexadecimal ? accept("pP") : digits.size() == 11 && accept("eE")) {
            accept("+-");
            accept_run("0123456789_");
        }
        // "1+2" would be the beginning of a complex number, which no template needs.
        if (!rest().empty() && (is_alphanumeric(peek()) || peek() == '+' || peek() == '-')) {
            do
                next();
            while (!rest().empty() && is_alphanumeric(peek()));
            return fail(cat("bad number syntax: ", go_quoted(text_.substr(start_, position_ - start_))));
        }
        emit(Type::Number);
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t start_ = 0; ///< of the token being read
    std::size_t line_ = 1;  ///< of `start_`
    int depth_ = 0;         ///< open parentheses
    bool inside_action_ = false;
    bool finished_ = false;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer{text}.run(); }

std::string description_of(const Token& token)
{
    if (token.type == Type::End)
        return "EOF";
    if (token.type == Type::Error)
        return token.text;
    if (token.type == Type::Keyword || token.type == Type::Dot || token.type == Type::Nil)
        return cat("<", token.text, ">");
    std::string_view text = token.text;
    std::size_t length = 0;
    for (int runes = 0; runes < 10 && length < text.size(); ++runes)
        length += first_rune(text.substr(length)).length;
    return text.size() > 10 ? cat(go_quoted(text.substr(0, length)), "...") : go_quoted(text);
}

} // namespace skiff::text
