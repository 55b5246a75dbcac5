#include "text/shell_words.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace skiff::text {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Moves `at` behind the next unquoted blank and returns the word before it.
class WordReader
{
  public:
    explicit WordReader(std::string_view line) : line_{line} {}

    bool find_start()
    {
        while (at_ < line_.size() && is_blank(line_[at_]))
            ++at_;
        return at_ < line_.size();
    }

    std::string read()
    {
        std::string word;
        while (at_ < line_.size() && !is_blank(line_[at_])) {
            const char c = line_[at_++];
            if (c == '\'')
                read_single(word);
            else if (c == '"')
                read_double(word);
            else if (c == '\\')
                read_escaped(word, {});
            else
                word += c;
        }
        return word;
    }

  private:
    void read_single(std::string& word)
    {
        const std::size_t end = line_.find('\'', at_);
        if (end == std::string_view::npos)
            throw unfinished("unterminated single quote");
        word += line_.substr(at_, end - at_);
        at_ = end + 1;
    }

    void read_double(std::string& word)
    {
        for (; at_ < line_.size() && line_[at_] != '"';) {
            const char c = line_[at_++];
            if (c == '\\')
                read_escaped(word, "$`\"\\\n");
            else
                word += c;
        }
        if (at_++ >= line_.size())
            throw unfinished("unterminated double quote");
    }

    /// A backslash before a line break joins lines; before anything that is not in `special` it stands for itself
    /// (nothing in `special`: every character may be escaped).
    void read_escaped(std::string& word, std::string_view special)
    {
        if (at_ >= line_.size())
            throw unfinished("backslash at the end");
        const char c = line_[at_++];
        if (c == '\n')
            return;
        if (!special.empty() && special.find(c) == std::string_view::npos)
            word += '\\';
        word += c;
    }

    [[nodiscard]] Error unfinished(std::string_view what) const
    {
        return Error{ErrorKind::Usage, cat(what, " in ", quoted(line_))};
    }

    std::string_view line_;
    std::size_t at_ = 0;
};

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"%+,-./:=@_^"}.find(c) != std::string_view::npos;
}

} // namespace

std::vector<std::string> split_shell_words(std::string_view line)
{
    std::vector<std::string> words;
    WordReader reader{line};
    while (reader.find_start())
        words.push_back(reader.read());
    return words;
}

std::string shell_quote(std::string_view word)
{
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain))
        return std::string{word};
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    }
    return out + '\'';
}

std::string join_shell_words(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words)
        out += cat(out.empty() ? "" : " ", shell_quote(word));
    return out;
}

} // namespace skiff::text
