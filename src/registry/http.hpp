#pragma once

#include "base/callback_guard.hpp"
#include "base/error.hpp"
#include "registry/curl_library.hpp"
#include "registry/transport_options.hpp"
#include "registry/url.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// HTTP by libcurl, without policy: one exchange is one request and its answer. Redirects, authorization and retries
/// are decided above (fetch.hpp), so that each hop passes our own rules. No netrc, no cookies, no .curlrc; proxies by
/// the usual variables only (security.md R31).
namespace skiff::registry {

/// How to speak TLS with one host.
struct TlsSettings
{
    bool verify = true;
    std::string extra_ca;    ///< PEM text; trusted beside the system's authorities
    std::string client_cert; ///< path; empty: none
    std::string client_key;
};

/// What a request sends: fills up to `room` bytes of memory, waiting for them if need be; 0 is the end. May throw.
using BodyReader = std::function<std::size_t(char* into, std::size_t room)>;

struct HttpRequest
{
    Url url;
    std::vector<std::string> headers; ///< "Name: value"
    std::optional<std::string> form;  ///< makes it a POST of application/x-www-form-urlencoded
    TlsSettings tls;
    std::string method = {};          ///< empty: GET, or POST for a form
    BodyReader body = {};             ///< of PUT, PATCH and POST; they have an empty one without it
    std::optional<std::uint64_t> body_size = {}; ///< bytes; nothing: not known, sent in chunks

    [[nodiscard]] std::string_view shown_method() const; ///< as Go's messages write it: "Get", "Patch"
};

struct ResponseHead
{
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case; several of one name are joined by ", "

    [[nodiscard]] std::string header(const std::string& name) const; ///< empty when absent
};

/// Takes the body of a successful (2xx) answer.
class BodySink
{
  public:
    virtual ~BodySink() = default;
    /// Before the first byte of the body. May throw.
    virtual void head(const ResponseHead& head) = 0;
    /// All of `data`, or false for nothing of it: then the transfer rests until resume(). May throw.
    virtual bool take(std::string_view data) = 0;
};

/// No answer, or only a part of one.
struct TransportFailure
{
    Error error;
    bool is_transient; ///< worth another try
};

class HttpClient;

/// One request on its way. Dropping it aborts it.
class HttpExchange
{
  public:
    HttpExchange(HttpClient& client, HttpRequest request, BodySink& sink);
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;
    ~HttpExchange();

    /// The sink has room again.
    void resume();
    [[nodiscard]] bool is_finished() const { return finished_; }
    [[nodiscard]] const ResponseHead& head() const { return head_; }
    [[nodiscard]] const Url& url() const { return request_.url; }
    /// The body of an answer that is not 2xx; at most 64 KiB of it (R33).
    [[nodiscard]] const std::string& error_body() const { return error_body_; }
    [[nodiscard]] const std::optional<TransportFailure>& failure() const { return failure_; }
    /// What the sink threw.
    void rethrow_if_failed() { guard_.rethrow_if_failed(); }

  private:
    friend class HttpClient;
    void set_up();
    void set_up_body();
    void set_up_tls();
    void read_header(std::string_view line);
    std::size_t read_body(std::string_view data);
    void finish(CURLcode code);
    [[nodiscard]] bool is_success() const { return head_.status >= 200 && head_.status < 300; }

    HttpClient& client_;
    HttpRequest request_;
    BodySink& sink_;
    std::unique_ptr<CURL, void (*)(CURL*)> easy_;
    curl_slist* header_list_ = nullptr;
    std::string error_text_; ///< libcurl writes its words here
    ResponseHead head_;
    std::size_t header_bytes_ = 0;
    std::string error_body_;
    bool error_body_is_full_ = false;
    bool head_was_given_ = false;
    bool finished_ = false;
    std::optional<TransportFailure> failure_;
    CallbackGuard guard_;
};

/// Many exchanges at once, in the caller's thread. libcurl resolves names in threads of its own, which are joined when
/// the exchange ends.
class HttpClient
{
  public:
    explicit HttpClient(TransferLimits limits = {}, int cancel_fd = -1);

    /// Moves everything on; waits at most `timeout` for something to happen: an exchange that ends, or one of
    /// `writable` that has room. Throws Error ECANCELED when the cancel descriptor is readable.
    void wait(std::span<const int> writable, std::chrono::milliseconds timeout);
    /// Waits. Throws Error ECANCELED when the cancel descriptor becomes readable meanwhile.
    void pause(std::chrono::milliseconds time) const;
    [[nodiscard]] const TransferLimits& limits() const { return limits_; }

  private:
    friend class HttpExchange;
    void perform();
    void throw_if_cancelled() const;

    std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_;
    TransferLimits limits_;
    int cancel_fd_;
};

} // namespace skiff::registry
