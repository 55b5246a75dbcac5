#include "registry/challenge.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace skiff::registry {
namespace {

constexpr std::size_t most_challenges = 16;
constexpr std::size_t most_parameters = 32;

bool is_token_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

/// A cursor over the value.
class Scanner
{
  public:
    explicit Scanner(std::string_view text) : rest_{text} {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    void skip(std::string_view characters)
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
    }
    void skip_one()
    {
        if (!rest_.empty())
            rest_.remove_prefix(1);
    }
    bool accept(char c)
    {
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string lower_token()
    {
        std::string token;
        while (!rest_.empty() && is_token_character(rest_[0])) {
            token += static_cast<char>(std::tolower(static_cast<unsigned char>(rest_[0])));
            rest_.remove_prefix(1);
        }
        return token;
    }
    /// A token or a quoted string. Nothing when the quotes do not close.
    std::optional<std::string> value()
    {
        if (!accept('"')) {
            const std::size_t end = std::min(rest_.find_first_of(", \t"), rest_.size());
            std::string plain{rest_.substr(0, end)};
            rest_.remove_prefix(end);
            return plain;
        }
        std::string text;
        while (!rest_.empty()) {
            if (accept('"'))
                return text;
            if (rest_[0] == '\\' && rest_.size() > 1)
                rest_.remove_prefix(1);
            text += rest_[0];
            rest_.remove_prefix(1);
        }
        return std::nullopt;
    }

  private:
    std::string_view rest_;
};

} // namespace

std::string Challenge::parameter(const std::string& name) const
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string{} : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header_value)
{
    std::vector<Challenge> challenges;
    Scanner scanner{header_value};
    while (!scanner.at_end()) {
        scanner.skip(", \t");
        const std::string word = scanner.lower_token();
        if (word.empty()) {
            scanner.skip_one();
            continue;
        }
        scanner.skip(" \t");
        if (!scanner.accept('=')) { // no parameter, so a new scheme begins
            if (challenges.size() == most_challenges)
                break;
            challenges.push_back({word, {}});
            continue;
        }
        scanner.skip(" \t");
        const auto value = scanner.value();
        if (value && !challenges.empty() && challenges.back().parameters.size() < most_parameters)
            challenges.back().parameters.emplace(word, *value); // of two equal names the first counts
    }
    return challenges;
}

} // namespace skiff::registry
