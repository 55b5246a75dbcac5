#pragma once

#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/host_rules.hpp"
#include "registry/token_cache.hpp"

#include <optional>
#include <string>

namespace skiff::registry {

/// The token server does not know the user, or not this password.
class CredentialsRefused : public Error
{
  public:
    explicit CredentialsRefused(std::string message) : Error{ErrorKind::Failure, std::move(message)} {}
};

/// Answers one registry's demands for authorization, for one repository. What it gives belongs to that registry's
/// origin alone (security.md R32); fetch.cpp sees to that.
class Authorizer
{
  public:
    /// `scope`: "repository:NAME:pull"; tokens are asked for it and for what the registry demands beyond it.
    Authorizer(HttpClient& client, const HostRules& rules, const TransportOptions& options,
               std::optional<Credentials> credentials, std::string scope);

    /// For the next request; empty: none yet. A token that has run out is dropped.
    [[nodiscard]] std::string header();
    /// The answer to a request that carried `used` was 401. True: header() has something new. False: there is nothing
    /// (else) to offer. Throws when the token server refuses. Waits for that server.
    bool answer(const Url& url, const ResponseHead& head, const std::string& used);

  private:
    void get_token(const Url& registry, const Challenge& challenge, const std::string& used);
    TokenHeader fetch_token(const Url& realm, const std::string& service, const std::vector<std::string>& scopes);
    [[nodiscard]] std::vector<std::string> scopes_for(const Challenge& challenge) const;
    [[nodiscard]] Url realm_of(const Url& registry, const Challenge& challenge) const;

    HttpClient& client_;
    const HostRules& rules_;
    const TransportOptions& options_;
    std::optional<Credentials> credentials_;
    std::string scope_;
    std::shared_ptr<TokenCache> tokens_;
    std::string header_;
    std::optional<std::chrono::steady_clock::time_point> expires_;
};

} // namespace skiff::registry
