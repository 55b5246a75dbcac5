#include "registry/authorizer.hpp"

#include "registry/base64.hpp"
#include "registry/fetch.hpp"
#include "registry/registry_error.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

constexpr std::size_t max_token_answer_bytes = 1U << 20U; // R32
constexpr std::chrono::seconds shortest_life{60};         // what a token that says nothing lives, by the specification
constexpr std::chrono::seconds longest_life{24 * 3600};

std::string basic_header(const Credentials& credentials)
{
    return cat("Basic ", base64_encode(cat(credentials.username, ":", credentials.password)));
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme)
{
    const auto found = std::ranges::find(challenges, scheme, &Challenge::scheme);
    return found == challenges.end() ? nullptr : &*found;
}

struct Token
{
    std::string text;
    std::chrono::seconds life;
};

Token read_token(const std::string& body)
{
    nlohmann::json document;
    try {
        document = text::parse_strict_json(body);
    } catch (const Error&) { // its words might quote the token
        throw Error{ErrorKind::Failure, "the token server's answer is not JSON"};
    }
    const text::JsonFields fields{document};
    std::string token = fields.text_or("token", "");
    if (token.empty())
        token = fields.text_or("access_token", "");
    if (token.empty())
        throw Error{ErrorKind::Failure, "the token server's answer has no token in it"};
    if (std::ranges::any_of(token, [](unsigned char c) { return c <= 0x20 || c >= 0x7f; }))
        throw Error{ErrorKind::Failure, "the token has characters that no header can hold"};
    const std::chrono::seconds life{fields.integer_or("expires_in", 0)};
    return {token, std::clamp(life, shortest_life, longest_life)};
}

std::vector<std::string> split_words(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0)
            words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string query(const std::vector<std::pair<std::string, std::string>>& fields)
{
    std::string text;
    for (const auto& [name, value] : fields)
        if (!value.empty())
            text += cat(text.empty() ? "" : "&", name, "=", percent_encode(value));
    return text;
}

} // namespace

Authorizer::Authorizer(HttpClient& client, const HostRules& rules, const TransportOptions& options,
                       std::optional<Credentials> credentials, std::string scope)
    : client_{client},
      rules_{rules},
      options_{options},
      credentials_{std::move(credentials)},
      scope_{std::move(scope)},
      tokens_{options.tokens ? options.tokens : std::make_shared<TokenCache>()}
{
}

std::string Authorizer::header()
{
    if (expires_ && std::chrono::steady_clock::now() >= *expires_) {
        header_.clear();
        expires_.reset();
    }
    return header_;
}

bool Authorizer::answer(const Url& url, const ResponseHead& head, const std::string& used)
{
    if (!header_.empty() && header_ != used) // another transfer has asked meanwhile
        return true;
    const auto challenges = parse_challenges(head.header("www-authenticate"));
    if (const Challenge* bearer = find_scheme(challenges, "bearer")) {
        while_doing("unable to retrieve auth token", [&] { get_token(url, *bearer, used); });
        return header_ != used;
    }
    if (find_scheme(challenges, "basic") == nullptr || !credentials_ || credentials_->username.empty())
        return false;
    header_ = basic_header(*credentials_);
    return header_ != used;
}

Url Authorizer::realm_of(const Url& registry, const Challenge& challenge) const
{
    Url realm = Url::parse(challenge.parameter("realm"));
    if (realm.is_link_local())
        throw Error{ErrorKind::Failure,
                    cat("the registry names a token server at the link-local address ", realm.host)};
    // A registry reached by https may not have our password sent in the clear; one that is plain itself may, to itself.
    const bool may_be_plain =
        rules_.rule_for(realm).insecure || (registry.scheme == "http" && realm.host == registry.host);
    if (realm.scheme != "https" && !may_be_plain)
        throw Error{ErrorKind::Failure,
                    cat("the registry names a token server without https: ", printable(realm.shown()))};
    return realm;
}

std::vector<std::string> Authorizer::scopes_for(const Challenge& challenge) const
{
    std::vector<std::string> scopes;
    for (const std::string& asked : split_words(challenge.parameter("scope")))
        if (std::ranges::find(scopes, asked) == scopes.end())
            scopes.push_back(asked);
    if (!scope_.empty() && std::ranges::find(scopes, scope_) == scopes.end())
        scopes.push_back(scope_); // what else this transfer is going to do needs no second token
    return scopes;
}

void Authorizer::get_token(const Url& registry, const Challenge& challenge, const std::string& used)
{
    const Url realm = realm_of(registry, challenge);
    const std::string service = challenge.parameter("service");
    const std::vector<std::string> scopes = scopes_for(challenge);
    std::string key = cat(realm.text, "\n", service, "\n", credentials_ ? basic_header(*credentials_) : "", "\n",
                          credentials_ ? credentials_->identity_token : "");
    for (const std::string& scope : scopes)
        key += cat("\n", scope);
    auto token = tokens_->find(key);
    if (!token || token->header == used) {
        token = fetch_token(realm, service, scopes);
        tokens_->keep(key, *token);
    }
    header_ = token->header;
    expires_ = token->expires;
}

TokenHeader Authorizer::fetch_token(const Url& realm, const std::string& service, const std::vector<std::string>& scopes)
{
    FetchRequest request;
    request.limit = max_token_answer_bytes;
    if (credentials_ && !credentials_->identity_token.empty()) {
        std::string joined;
        for (const std::string& scope : scopes)
            joined += cat(joined.empty() ? "" : " ", scope);
        request.url = realm;
        request.form = query({{"grant_type", "refresh_token"},
                              {"client_id", "skiff"},
                              {"service", service},
                              {"scope", joined},
                              {"refresh_token", credentials_->identity_token}});
    } else {
        std::vector<std::pair<std::string, std::string>> fields{{"account", credentials_ ? credentials_->username : ""},
                                                                {"service", service}};
        for (const std::string& scope : scopes)
            fields.emplace_back("scope", scope);
        const std::string text = query(fields);
        request.url = text.empty() ? realm : Url::parse(cat(realm.text, realm.text.find('?') == std::string::npos ? "?" : "&", text));
        if (credentials_)
            request.authorization = basic_header(*credentials_);
    }
    const Document answer = fetch_document(client_, rules_, options_, std::move(request));
    if (answer.status == 401 || answer.status == 403)
        throw CredentialsRefused{
            cat("invalid username/password: ", make_registry_error(answer.status, answer.body).message())};
    if (!answer.is_success())
        throw make_registry_error(answer.status, answer.body);
    const Token token = read_token(answer.body);
    // It has to arrive before it ends.
    return {cat("Bearer ", token.text), std::chrono::steady_clock::now() + token.life - shortest_life / 6};
}

} // namespace skiff::registry
