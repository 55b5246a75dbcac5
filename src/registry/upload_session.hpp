#pragma once

#include "registry/http.hpp"
#include "registry/registry_host.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

/// Requests that change something at a registry, from several threads: each has a connection of its own, all share one
/// authorization. The counterpart of fetch.hpp, but it waits: every request is one call.
namespace skiff::registry {

struct Question
{
    std::string method;
    Url url;
    std::vector<std::string> headers = {};
    BodyReader body = {};
    std::optional<std::uint64_t> body_size = {};
};

struct Answer
{
    int status = 0;
    ResponseHead head;
    std::string body; ///< at most 64 KiB of it
    Url url;          ///< that answered; what a Location is relative to

    [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

/// Worth another try: the connection broke, or the server is busy.
class Interrupted : public Error
{
  public:
    Interrupted(const Error& error, std::optional<std::chrono::seconds> server_says)
        : Error{error}, server_says_{server_says}
    {
    }
    [[nodiscard]] std::optional<std::chrono::seconds> server_says() const { return server_says_; }

  private:
    std::optional<std::chrono::seconds> server_says_;
};

/// Waits between tries, longer each time, and knows when it is enough.
class Patience
{
  public:
    Patience(const TransportOptions& options, const TransferLimits& limits) : options_{options}, limits_{limits} {}
    /// Throws `failure` when there is no try left; ECANCELED when the wait was cancelled.
    void wait_after(const Interrupted& failure);
    /// Something moved: the count starts again.
    void renew() { tries_ = 0; }

  private:
    const TransportOptions& options_;
    const TransferLimits& limits_;
    unsigned tries_ = 0;
};

class UploadSession
{
  public:
    explicit UploadSession(RegistryHost& host, int cancel_fd) : host_{host}, cancel_fd_{cancel_fd} {}

    /// One request without a second try, except for authorization. A body is read once only, so for a request with one
    /// the registry is asked beforehand what it wants to know. Any answer but "try again later" is one. Throws Interrupted.
    Answer ask_once(const Question& question);
    /// The same with tries. `make_body` is called for each.
    Answer ask(const Question& question, const std::function<BodyReader()>& make_body = {});

  private:
    Answer send(HttpClient& client, const Question& question, const std::string& authorization);
    std::string authorization();
    bool answer_challenge(const Answer& answer, const std::string& used);
    std::unique_ptr<HttpClient> borrow_client();
    void introduce_ourselves();

    RegistryHost& host_;
    int cancel_fd_;
    std::once_flag introduced_;
    std::mutex authorizer_mutex_;
    std::mutex clients_mutex_;
    std::vector<std::unique_ptr<HttpClient>> idle_clients_;
};

} // namespace skiff::registry
