#include "support/scripted_registry.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace skiff::test {
namespace {

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// Waits for `events` on `fd`. False when the server stops.
bool wait_for(int fd, short events, int stop)
{
    std::array<pollfd, 2> requests{pollfd{fd, events, 0}, pollfd{stop, POLLIN, 0}};
    while (::poll(requests.data(), requests.size(), -1) < 0 && errno == EINTR) {
    }
    return requests[1].revents == 0;
}

/// Reads the rest of a chunked body, of which `body` has the beginning as it came, and takes it apart.
bool read_chunks(int connection, int stop, std::string& body)
{
    std::string plain;
    std::size_t at = 0;
    for (;;) {
        const std::size_t line_end = body.find("\r\n", at);
        if (line_end != std::string::npos) {
            const std::size_t size = std::stoul(body.substr(at, line_end - at), nullptr, 16);
            if (body.size() >= line_end + 2 + size + 2) {
                plain += body.substr(line_end + 2, size);
                at = line_end + 2 + size + 2;
                if (size > 0)
                    continue;
                body = std::move(plain);
                return true;
            }
        }
        std::array<char, 65536> buffer{};
        if (!wait_for(connection, POLLIN, stop))
            return false;
        const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return false;
        body.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

/// Reads a request's head and body. Nothing when the other side does not speak HTTP or goes away.
std::optional<HttpQuestion> find_question(int connection, int stop)
{
    std::string text;
    std::size_t wanted = std::string::npos;
    HttpQuestion question;
    while (wanted == std::string::npos || text.size() < wanted) {
        std::array<char, 4096> buffer{};
        if (!wait_for(connection, POLLIN, stop))
            return std::nullopt;
        const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return std::nullopt;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text[0] == '\x16') // a TLS greeting: we are a plain server
            return std::nullopt;
        const std::size_t end = text.find("\r\n\r\n");
        if (wanted != std::string::npos || end == std::string::npos)
            continue;
        const std::size_t first_space = text.find(' ');
        const std::size_t second_space = text.find(' ', first_space + 1);
        const std::string target = text.substr(first_space + 1, second_space - first_space - 1);
        question.method = text.substr(0, first_space);
        question.path = target.substr(0, target.find('?'));
        question.query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
        for (std::size_t line = text.find("\r\n") + 2; line < end;) {
            const std::size_t line_end = text.find("\r\n", line);
            const std::size_t colon = text.find(": ", line);
            question.headers[lower(text.substr(line, colon - line))] = text.substr(colon + 2, line_end - colon - 2);
            line = line_end + 2;
        }
        const std::string length = question.header("content-length");
        wanted = end + 4 + (length.empty() ? 0 : std::stoul(length));
    }
    question.body = text.substr(text.find("\r\n\r\n") + 4);
    if (question.header("transfer-encoding") == "chunked")
        return read_chunks(connection, stop, question.body) ? std::optional{question} : std::nullopt;
    return question;
}

} // namespace

std::string HttpQuestion::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

ScriptedServer::ScriptedServer(Handler handler)
    : handler_{std::move(handler)},
      listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)},
      stop_{::eventfd(0, EFD_CLOEXEC)}
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 128) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0)
        throw Error{errno, "starting the scripted server"};
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
}

ScriptedServer::~ScriptedServer()
{
    ::eventfd_write(stop_.get(), 1);
    acceptor_.join();
    for (std::thread& connection : connections_)
        connection.join();
}

std::string ScriptedServer::host() const { return cat("127.0.0.1:", port_); }

std::vector<HttpQuestion> ScriptedServer::questions() const
{
    const std::lock_guard lock{mutex_};
    return questions_;
}

void ScriptedServer::accept_all()
{
    while (wait_for(listener_.get(), POLLIN, stop_.get())) {
        const int connection = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0)
            connections_.emplace_back([this, connection] { serve(connection); });
    }
}

void ScriptedServer::serve(int connection)
{
    const UniqueFd owner{connection};
    const auto question = find_question(connection, stop_.get());
    if (!question)
        return;
    {
        const std::lock_guard lock{mutex_};
        questions_.push_back(*question);
    }
    answer(connection, handler_(*question));
}

bool ScriptedServer::send(int connection, std::string_view data) const
{
    while (!data.empty()) {
        if (!wait_for(connection, POLLOUT, stop_.get()))
            return false;
        const ssize_t put = ::send(connection, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN)
            return false;
        data.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
    }
    return true;
}

void ScriptedServer::answer(int connection, const HttpReply& reply) const
{
    if (!reply.raw.empty()) {
        (void)send(connection, reply.raw);
        return;
    }
    std::string head = cat("HTTP/1.1 ", reply.status, " Scripted\r\nConnection: close\r\n");
    for (const auto& [name, value] : reply.headers)
        head += cat(name, ": ", value, "\r\n");
    head += reply.endless ? "Transfer-Encoding: chunked\r\n\r\n"
                          : cat("Content-Length: ", reply.content_length.value_or(reply.body.size()), "\r\n\r\n");
    if (!send(connection, head))
        return;
    if (reply.endless) {
        std::array<char, 32> size{};
        (void)std::snprintf(size.data(), size.size(), "%zx\r\n", reply.body.size());
        while (send(connection, cat(size.data(), reply.body, "\r\n"))) {
        }
        return;
    }
    if (reply.pause.count() > 0) {
        for (const char byte : reply.body) {
            pollfd stop{stop_.get(), POLLIN, 0};
            if (!send(connection, {&byte, 1}) || ::poll(&stop, 1, static_cast<int>(reply.pause.count())) > 0)
                return;
        }
        return;
    }
    (void)send(connection, std::string_view{reply.body}.substr(0, reply.reset_after.value_or(reply.body.size())));
    if (reply.reset_after) {
        // What was sent must arrive before the reset, which throws away what still waits here.
        for (int waiting = 1, round = 0; waiting > 0 && round < 5000; ++round) {
            if (::ioctl(connection, SIOCOUTQ, &waiting) != 0)
                break;
            std::this_thread::sleep_for(std::chrono::milliseconds{1}); // nothing tells when the other side has it
        }
        const linger at_once{1, 0};
        (void)::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
}

ScriptedRegistry::ScriptedRegistry() : server_{[this](const HttpQuestion& question) { return handle(question); }} {}

std::size_t ScriptedRegistry::count_questions(std::string_view path_part) const
{
    const auto all = server_.questions();
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const HttpQuestion& question) { return question.path.find(path_part) != std::string::npos; }));
}

std::string ScriptedRegistry::add_blob(const std::string& repository, const std::string& data)
{
    const std::string digest = cat("sha256:", sha256_hex(data));
    const std::lock_guard lock{mutex_};
    contents_[cat("/v2/", repository, "/blobs/", digest)] = {data, "application/octet-stream"};
    return digest;
}

std::string ScriptedRegistry::add_manifest(const std::string& repository, const std::string& tag,
                                           const std::string& data, const std::string& media_type)
{
    const std::string digest = cat("sha256:", sha256_hex(data));
    const std::lock_guard lock{mutex_};
    contents_[cat("/v2/", repository, "/manifests/", digest)] = {data, media_type};
    if (!tag.empty())
        contents_[cat("/v2/", repository, "/manifests/", tag)] = {data, media_type};
    return digest;
}

void ScriptedRegistry::fail(std::string path_part, int times,
                            std::function<HttpReply(const HttpQuestion&, HttpReply)> fault)
{
    const std::lock_guard lock{mutex_};
    faults_.push_back({std::move(path_part), times, std::move(fault)});
}

HttpReply ScriptedRegistry::handle(const HttpQuestion& question)
{
    const std::lock_guard lock{mutex_};
    HttpReply reply = good_answer(question);
    const auto fault = std::ranges::find_if(faults_, [&](const Fault& entry) {
        return entry.times > 0 && question.path.find(entry.path_part) != std::string::npos;
    });
    if (fault == faults_.end())
        return reply;
    --fault->times;
    return fault->change(question, std::move(reply));
}

HttpReply ScriptedRegistry::good_answer(const HttpQuestion& question)
{
    if (question.path == "/v2/")
        return {.headers = {{"Content-Type", "application/json"}}, .body = "{}"};
    const auto found = contents_.find(question.path);
    if (found == contents_.end())
        return question.path.find("/blobs/") != std::string::npos
                   ? make_error_reply(404, "BLOB_UNKNOWN", "blob unknown to registry")
                   : make_error_reply(404, "MANIFEST_UNKNOWN", "manifest unknown");
    HttpReply reply{.headers = {{"Content-Type", found->second.media_type}}, .body = found->second.data};
    if (const std::string range = question.header("range"); range.starts_with("bytes=")) {
        const std::size_t start = std::stoul(range.substr(6));
        reply.status = 206;
        reply.headers.emplace_back("Content-Range",
                                   cat("bytes ", start, "-", reply.body.size() - 1, "/", reply.body.size()));
        reply.body.erase(0, start);
    }
    return reply;
}

HttpReply make_error_reply(int status, const std::string& code, const std::string& message)
{
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = cat("{\"errors\":[{\"code\":\"", code, "\",\"message\":\"", message, "\"}]}")};
}

} // namespace skiff::test
