#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Splits a template's text into tokens. Private to the go_template family.
namespace skiff::text {

struct Token
{
    enum class Type
    {
        Error, ///< `text` says what is wrong; nothing follows
        End,
        Text, ///< outside of {{ }}, already trimmed
        LeftDelimiter,
        RightDelimiter,
        Space,
        Bool,
        Character, ///< 'x'
        Assign,    ///< =
        Declare,   ///< :=
        Dot,
        Field,      ///< .Name
        Identifier, ///< name
        Keyword,
        LeftParenthesis,
        RightParenthesis,
        Nil,
        Number,
        Pipe,
        RawString, ///< `...`
        String,    ///< "..."
        Variable,  ///< $ or $name
        Other,     ///< any other ASCII character; the comma is the useful one
    };

    Type type;
    std::size_t position;
    std::size_t line; ///< from 1
    std::string text;

    [[nodiscard]] bool is_keyword(std::string_view word) const { return type == Type::Keyword && text == word; }
};

/// Ends with one End or Error token.
std::vector<Token> tokenize(std::string_view text);

/// How Go shows a token in "unexpected ...".
std::string description_of(const Token& token);

} // namespace skiff::text
