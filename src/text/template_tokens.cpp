#include "text/template_tokens.hpp"

#include "base/error.hpp"
#include "text/go_quote.hpp"

#include <algorithm>

namespace skiff::text {
namespace {

/// Parentheses in parentheses, blocks in blocks: nobody writes more, and each level costs stack.
constexpr int depth_limit = 200;

} // namespace

const Token& TokenStream::peek()
{
    farthest_ = std::max(farthest_, next_);
    return tokens_[next_];
}

const Token& TokenStream::next()
{
    const Token& token = peek();
    next_ = std::min(next_ + 1, tokens_.size() - 1);
    return token;
}

const Token& TokenStream::peek_word()
{
    while (peek().type == Token::Type::Space)
        next();
    return peek();
}

const Token& TokenStream::next_word()
{
    peek_word();
    return next();
}

const Token& TokenStream::expect(Token::Type type, std::string_view context)
{
    const Token& token = next_word();
    if (token.type != type)
        fail_unexpected(token, context);
    return token;
}

void TokenStream::fail(const std::string& what, std::string hint) const
{
    throw Error{ErrorKind::Failure, cat("template: ", name_, ":", tokens_[farthest_].line, ": ", what)}.with_hint(
        std::move(hint));
}

void TokenStream::fail_unexpected(const Token& token, std::string_view context) const
{
    if (token.type == Token::Type::Error)
        fail(token.text);
    fail(cat("unexpected ", description_of(token), " in ", context));
}

std::string TokenStream::unquoted(const Token& token) const
{
    auto text = go_unquoted(token.text);
    if (!text)
        fail("invalid syntax");
    return *std::move(text);
}

Deeper::Deeper(TokenStream& tokens) : tokens_{tokens}
{
    if (tokens.depth_ >= depth_limit)
        tokens.fail("nested too deeply");
    ++tokens.depth_;
}

} // namespace skiff::text
