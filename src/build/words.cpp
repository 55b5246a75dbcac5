#include "build/words.hpp"

#include "base/cat.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace skiff::build {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' || c == '\n';
}

/// The length of the word at the start of `text`. Inside single quotes nothing escapes.
std::size_t word_length(std::string_view text, char escape)
{
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == 0 && is_blank(c))
            return i;
        if (c == escape && quote != '\'')
            ++i;
        else if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    return text.size();
}

std::string_view without_leading_blanks(std::string_view text)
{
    while (!text.empty() && is_blank(text[0]))
        text.remove_prefix(1);
    return text;
}

std::string without_quotes(std::string_view word, char escape)
{
    std::string out;
    char quote = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const char c = word[i];
        if (c == escape && quote != '\'' && i + 1 < word.size())
            out += word[++i];
        else if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
        else
            out += c;
    }
    return out;
}

} // namespace

std::vector<std::string> split_words(std::string_view text, char escape)
{
    std::vector<std::string> words;
    for (text = without_leading_blanks(text); !text.empty(); text = without_leading_blanks(text)) {
        const std::size_t length = word_length(text, escape);
        words.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return words;
}

std::optional<std::vector<std::string>> json_words(const Place& place, std::string_view text)
{
    constexpr std::size_t max_depth = 8; // of brackets: more than anything that is an array of strings
    if (text.empty() || text[0] != '[' || static_cast<std::size_t>(std::count(text.begin(), text.end(), '[')) > max_depth * 64)
        return std::nullopt;
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array())
        return std::nullopt;
    std::vector<std::string> words;
    for (const nlohmann::json& word : json) {
        if (!word.is_string())
            fail_at(place, "only string types are allowed in JSON arrays", cat("put ", word.dump(), " in double quotes"));
        words.push_back(word.get<std::string>());
    }
    return words;
}

std::vector<Flag> take_flags(std::string_view& text, char escape)
{
    std::vector<Flag> flags;
    text = without_leading_blanks(text);
    while (text.substr(0, 2) == "--") {
        const std::size_t length = word_length(text, escape);
        const std::string_view word = text.substr(0, length);
        text = without_leading_blanks(text.substr(length));
        if (word == "--")
            break;
        const std::size_t equals = word.find('=');
        Flag flag{std::string{word.substr(2, equals == std::string_view::npos ? equals : equals - 2)}, std::nullopt, std::string{word}};
        if (equals != std::string_view::npos)
            flag.value = without_quotes(word.substr(equals + 1), escape);
        flags.push_back(std::move(flag));
    }
    return flags;
}

NamedValues read_named_values(const Place& place, std::string_view keyword, std::string_view text, char escape)
{
    const std::vector<std::string> words = split_words(text, escape);
    if (words.empty())
        fail_at(place, cat(keyword, " requires at least one argument"));
    NamedValues values;
    if (words[0].find('=') == std::string::npos) {
        text = without_leading_blanks(text);
        const std::string_view value = without_leading_blanks(text.substr(words[0].size()));
        if (value.empty())
            fail_at(place, cat(keyword, " must have two arguments"), cat("write ", keyword, " ", words[0], "=VALUE"));
        values.pairs.push_back({words[0], std::string{value}});
        values.is_old_form = true;
        return values;
    }
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos)
            fail_at(place, cat("Syntax error - can't find = in ", '"', word, '"', ". Must be of the form: name=value"),
                    "a value with blanks needs quotes around it");
        if (equals == 0)
            fail_at(place, cat(keyword, " names can not be blank"));
        values.pairs.push_back({word.substr(0, equals), word.substr(equals + 1)});
    }
    return values;
}

} // namespace skiff::build
