#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace skiff::registry {

/// A header with a token, and how long it is good.
struct TokenHeader
{
    std::string header;
    std::chrono::steady_clock::time_point expires;
};

/// Tokens that several transfers of one command share: all tags of a repository need one.
class TokenCache
{
  public:
    [[nodiscard]] std::optional<TokenHeader> find(const std::string& key) const
    {
        const auto found = tokens_.find(key);
        if (found == tokens_.end() || std::chrono::steady_clock::now() >= found->second.expires)
            return std::nullopt;
        return found->second;
    }
    void keep(const std::string& key, TokenHeader token) { tokens_[key] = std::move(token); }

  private:
    std::map<std::string, TokenHeader> tokens_; ///< by everything that the token was asked for with
};

} // namespace skiff::registry
