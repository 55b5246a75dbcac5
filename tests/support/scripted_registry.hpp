#pragma once

#include "base/unique_fd.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// A registry for tests that says what it is told to, also what no decent registry would say.
namespace skiff::test {

struct HttpQuestion
{
    std::string method;
    std::string path; ///< without the query
    std::string query;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const;
};

/// An answer with everything that may be wrong about it.
struct HttpReply
{
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<std::uint64_t> content_length; ///< instead of the body's size
    std::optional<std::size_t> reset_after;      ///< bytes of the body, then the connection is reset
    bool endless = false;                        ///< the body again and again, chunked
    std::chrono::milliseconds pause{0};          ///< after every byte of the body
    std::string raw;                             ///< these bytes instead of all of the above
};

/// A web server on 127.0.0.1 whose answers come from a function. One connection, one request, one thread.
class ScriptedServer
{
  public:
    using Handler = std::function<HttpReply(const HttpQuestion&)>;

    explicit ScriptedServer(Handler handler);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::string host() const; ///< "127.0.0.1:PORT"
    /// What was asked so far.
    [[nodiscard]] std::vector<HttpQuestion> questions() const;

  private:
    void accept_all();
    void serve(int connection);
    void answer(int connection, const HttpReply& reply) const;
    [[nodiscard]] bool send(int connection, std::string_view data) const;

    Handler handler_;
    UniqueFd listener_;
    UniqueFd stop_; ///< readable when it is over
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<HttpQuestion> questions_;
    std::list<std::thread> connections_;
    std::thread acceptor_;
};

/// The registry API v2 over content in memory, and faults on cue.
class ScriptedRegistry
{
  public:
    ScriptedRegistry();

    [[nodiscard]] std::string host() const { return server_.host(); }
    [[nodiscard]] std::vector<HttpQuestion> questions() const { return server_.questions(); }
    [[nodiscard]] std::size_t count_questions(std::string_view path_part) const;

    /// Return the digest's text.
    std::string add_blob(const std::string& repository, const std::string& data);
    std::string add_manifest(const std::string& repository, const std::string& tag, const std::string& data,
                             const std::string& media_type);

    /// From now on, the first `times` questions whose path contains `path_part` get what `fault` makes of the good
    /// answer.
    void fail(std::string path_part, int times, std::function<HttpReply(const HttpQuestion&, HttpReply)> fault);

  private:
    struct Content
    {
        std::string data;
        std::string media_type;
    };
    struct Fault
    {
        std::string path_part;
        int times;
        std::function<HttpReply(const HttpQuestion&, HttpReply)> change;
    };
    HttpReply handle(const HttpQuestion& question);
    HttpReply good_answer(const HttpQuestion& question);

    std::mutex mutex_;
    std::map<std::string, Content> contents_; ///< by path
    std::list<Fault> faults_;
    ScriptedServer server_; ///< last: it calls handle()
};

/// The answer with `status` and the registry API's error document.
HttpReply make_error_reply(int status, const std::string& code, const std::string& message);

} // namespace skiff::test
