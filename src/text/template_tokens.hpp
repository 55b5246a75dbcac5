#pragma once

#include "text/template_lexer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The parsers' view of the tokens. Private to the go_template family.
namespace skiff::text {

class TokenStream
{
  public:
    TokenStream(std::string_view text, std::string template_name)
        : tokens_{tokenize(text)}, name_{std::move(template_name)}
    {
    }

    const Token& peek();
    /// Never moves behind the last token, which is End or Error.
    const Token& next();
    /// The same without spaces.
    const Token& peek_word();
    const Token& next_word();
    const Token& expect(Token::Type type, std::string_view context);

    /// For a parser that has to look further ahead than one token.
    [[nodiscard]] std::size_t position() const { return next_; }
    void go_back_to(std::size_t position) { next_ = position; }

    /// Throws `template: NAME:LINE: what`; the line is that of the farthest token looked at, as in Go.
    [[noreturn]] void fail(const std::string& what, std::string hint = "") const;
    /// "unexpected TOKEN in CONTEXT", or what the lexer found wrong.
    [[noreturn]] void fail_unexpected(const Token& token, std::string_view context) const;

    /// The value of a String or RawString token.
    [[nodiscard]] std::string unquoted(const Token& token) const;

  private:
    friend class Deeper;

    std::vector<Token> tokens_;
    std::string name_;
    std::size_t next_ = 0;
    std::size_t farthest_ = 0;
    int depth_ = 0;
};

/// Counts the levels of nesting while it lives; too many are an Error.
class Deeper
{
  public:
    explicit Deeper(TokenStream& tokens);
    ~Deeper() { --tokens_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

  private:
    TokenStream& tokens_;
};

} // namespace skiff::text
