#include "frontends/compose/dotenv.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

using Variables = std::vector<std::pair<std::string, std::optional<std::string>>>;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

class Reader
{
  public:
    Reader(std::string_view text, const std::string& file, const Lookup& lookup, const OnUnset& on_unset, ByteBudget& budget,
           bool raw)
        : text_{text}, file_{std::make_shared<const std::string>(file)}, lookup_{lookup}, on_unset_{on_unset}, budget_{budget}, raw_{raw}
    {
        if (text_.starts_with("\xEF\xBB\xBF"))
            text_.remove_prefix(3);
    }

    Variables read()
    {
        while (at_ < text_.size())
            read_entry();
        return std::move(variables_);
    }

  private:
    [[nodiscard]] Place here() const
    {
        const auto begin = text_.begin();
        return {file_, static_cast<std::uint32_t>(std::count(begin, begin + static_cast<std::ptrdiff_t>(entry_at_), '\n') + 1)};
    }
    [[nodiscard]] Error error(const std::string& message) const { return error_at(here(), message); }

    std::string_view take_line()
    {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        const std::string_view line = text_.substr(at_, end - at_);
        at_ = std::min(end + 1, text_.size());
        return line;
    }

    void read_entry()
    {
        entry_at_ = at_;
        const std::string_view line = take_line();
        std::string_view rest = trimmed(line);
        if (rest.empty() || rest.front() == '#')
            return;
        constexpr std::string_view word = "export";
        if (!raw_ && rest.starts_with(word) && rest.size() > word.size() && is_blank(rest[word.size()]))
            rest = trimmed(rest.substr(word.size()));
        const std::size_t equals = rest.find('=');
        const std::string name{trimmed(rest.substr(0, equals))};
        check_name(name);
        if (equals == std::string_view::npos) {
            variables_.emplace_back(name, counted(lookup_, budget_)(name));
            return;
        }
        if (raw_) {
            variables_.emplace_back(name, std::string{rest.substr(equals + 1)});
            return;
        }
        std::string value = read_value(rest.substr(equals + 1));
        variables_.emplace_back(name, std::move(value));
    }

    void check_name(const std::string& name) const
    {
        if (name.empty())
            throw error("there is no name in front of '='");
        for (const char c : name)
            if (is_blank(c) || c == '"' || c == '\'')
                throw error(cat("unexpected character in variable name ", quoted(name)))
                    .with_hint("lines are NAME=VALUE; a value that spans lines stands in quotes");
    }

    std::string read_value(std::string_view rest)
    {
        const std::string_view value = trimmed(rest);
        if (!value.empty() && (value.front() == '"' || value.front() == '\''))
            return read_quoted(static_cast<std::size_t>(value.data() - text_.data()), value.front());
        // A comment needs a blank in front.
        std::size_t end = 0;
        while (end < value.size() && !(value[end] == '#' && (end == 0 || is_blank(value[end - 1]))))
            ++end;
        return expand(trimmed(value.substr(0, end)));
    }

    std::string read_quoted(std::size_t quote_at, char quote)
    {
        std::string value;
        for (std::size_t i = quote_at + 1; i < text_.size(); ++i) {
            const char c = text_[i];
            if (c == quote) {
                finish_quoted(i + 1);
                return quote == '"' ? expand(value) : value;
            }
            if (quote == '"' && c == '\\' && i + 1 < text_.size()) {
                value += unescaped(text_[++i]);
                continue;
            }
            value += c;
        }
        throw error("unterminated quoted value");
    }

    static std::string unescaped(char c)
    {
        switch (c) {
        case 'n':
            return "\n";
        case 'r':
            return "\r";
        case 't':
            return "\t";
        case '"':
        case '\\':
            return {c};
        case '$':
            return "$$"; // stays a dollar
        default:
            return {'\\', c};
        }
    }

    /// What follows a closing quote on its line may be a comment only.
    void finish_quoted(std::size_t behind)
    {
        const std::size_t end = std::min(text_.find('\n', behind), text_.size());
        const std::string_view rest = trimmed(text_.substr(behind, end - behind));
        if (!rest.empty() && rest.front() != '#')
            throw error(cat("unexpected text behind a quoted value: ", quoted(rest)));
        at_ = std::min(end + 1, text_.size());
    }

    std::string expand(std::string_view text)
    {
        const Lookup with_lines_before = [&](const std::string& name) -> std::optional<std::string> {
            if (auto outer = lookup_(name))
                return outer;
            for (auto known = variables_.rbegin(); known != variables_.rend(); ++known)
                if (known->first == name && known->second)
                    return known->second;
            return std::nullopt;
        };
        try {
            return interpolate(text, counted(with_lines_before, budget_), on_unset_);
        } catch (Error& failure) {
            failure.add_context(here().text());
            throw;
        }
    }

    std::string_view text_;
    std::shared_ptr<const std::string> file_;
    const Lookup& lookup_;
    const OnUnset& on_unset_;
    ByteBudget& budget_;
    bool raw_;
    std::size_t at_ = 0;
    std::size_t entry_at_ = 0; ///< where the line that is being read begins
    Variables variables_;
};

} // namespace

Variables read_dotenv(std::string_view text, const std::string& file, const Lookup& lookup, const OnUnset& on_unset, ByteBudget& budget,
                      bool raw)
{
    return Reader{text, file, lookup, on_unset, budget, raw}.read();
}

} // namespace skiff::compose
