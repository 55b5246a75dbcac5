#pragma once

#include "registry/host_rules.hpp"
#include "registry/http.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace skiff::registry {

class Authorizer;

/// One thing that is wanted from a server.
struct FetchRequest
{
    Url url;
    std::string accept;               ///< the Accept header's value
    std::optional<std::string> form;  ///< POST
    std::string authorization;        ///< for the origin of `url` only; not used together with `authorizer`
    Authorizer* authorizer = nullptr; ///< likewise; borrowed
    std::optional<std::uint64_t>
        exact_size;                  ///< bytes; what differs is refused, what stops early is continued by ranges
    std::uint64_t limit = 4U << 20U; ///< bytes; the most that is taken when exact_size is not known
};

/// Takes what a fetch brings.
class FetchSink
{
  public:
    virtual ~FetchSink() = default;
    virtual bool take(std::string_view data) = 0; ///< all, or false for nothing
    virtual bool flush() = 0;                     ///< true: there is room, and nothing is kept back
    [[nodiscard]] virtual int blocked_fd() const = 0;
    virtual void start_again() = 0; ///< forget what came; only called when the request has no exact_size
};

/// Brings one thing through redirects, authorization, retries and resumption. Rules: security.md R31 to R33.
class Fetch final : BodySink
{
  public:
    Fetch(HttpClient& client, const HostRules& rules, const TransportOptions& options, FetchRequest request,
          FetchSink& sink);

    /// Does what can be done without waiting; to be called after each HttpClient::wait. Throws when it has failed for
    /// good.
    void advance();
    [[nodiscard]] bool is_done() const { return done_; }
    [[nodiscard]] int blocked_fd() const { return sink_.blocked_fd(); }
    /// When advance() has something to do although nothing happens: the next try.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> wake_at() const { return not_before_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }

    /// Of the last answer; a status other than 2xx means that the server refuses, in the words of refusal().
    [[nodiscard]] const ResponseHead& head() const { return head_; }
    [[nodiscard]] const std::string& refusal() const { return refusal_; }
    [[nodiscard]] bool is_success() const { return head_.status >= 200 && head_.status < 300; }

  private:
    void head(const ResponseHead& head) override;
    bool take(std::string_view data) override;
    void send();
    void handle_answer();
    void follow_redirect();
    bool try_authorize();
    void retry(const Error& error, bool is_transient, std::optional<std::chrono::seconds> server_says = std::nullopt);
    [[nodiscard]] std::chrono::milliseconds back_off() const;

    HttpClient& client_;
    const HostRules& rules_;
    const TransportOptions& options_;
    FetchRequest request_;
    FetchSink& sink_;
    Url url_; ///< of this hop
    std::unique_ptr<HttpExchange> exchange_;
    std::optional<std::chrono::steady_clock::time_point> not_before_;
    ResponseHead head_;
    std::string refusal_;
    std::string used_authorization_;
    std::uint64_t received_ = 0;
    std::uint64_t skip_ = 0; ///< bytes of a whole answer that we have already, from a server that ignores ranges
    std::uint64_t received_at_last_try_ = 0;
    unsigned tries_without_progress_ = 0;
    int hops_ = 0;
    bool was_authorized_ = false; ///< in this try
    bool ranges_work_ = true;
    bool got_wrong_range_ = false; ///< in this try
    bool is_paused_ = false;
    bool done_ = false;
};

/// A whole answer in memory.
struct Document
{
    int status = 0;
    ResponseHead head;
    std::string body;

    [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

/// Waits. A refusal is a Document, too; no answer at all is an Error with a TransportFailure's words.
Document fetch_document(HttpClient& client, const HostRules& rules, const TransportOptions& options,
                        FetchRequest request);

struct FetchPlan
{
    std::size_t count = 0;
    std::size_t parallel = 6;                                 ///< at a time
    std::function<std::unique_ptr<Fetch>(std::size_t)> start; ///< makes number i; nothing: it is not needed
    std::function<void(std::size_t, Fetch&)> on_advance;      ///< after every move; the last time fetch.is_done()
};
/// Runs fetches to their end. The first failure ends them all.
void run_fetches(HttpClient& client, const FetchPlan& plan);

} // namespace skiff::registry
