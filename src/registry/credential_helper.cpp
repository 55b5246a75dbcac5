#include "registry/credential_helper.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "registry/blob_sink.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

namespace skiff::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_output_bytes = 256U << 10U;

bool is_helper_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

bool has_control_characters(std::string_view text)
{
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::optional<std::string> find_in_path(const std::string& program)
{
    const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        const std::string file = cat(rest.substr(0, colon), "/", program);
        if (file.starts_with('/') && ::access(file.c_str(), X_OK) == 0)
            return file;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return std::nullopt;
}

std::pair<UniqueFd, UniqueFd> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe"};
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

/// What the program writes until it closes its output. Nothing when it takes too long or talks too much.
std::optional<std::string> read_within(int fd, steady_clock::time_point deadline)
{
    std::string output;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        pollfd watched{fd, POLLIN, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return std::nullopt;
        std::array<char, 4096> buffer; // NOLINT: filled by read
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return output;
        output.append(buffer.data(), static_cast<std::size_t>(got));
        if (output.size() > most_output_bytes)
            return std::nullopt;
    }
}

/// The parser's complaint would quote the secret.
nlohmann::json parse_answer(const std::string& program, const std::string& output)
{
    try {
        return text::parse_strict_json(output);
    } catch (const Error&) {
        throw Error{ErrorKind::Failure, cat("reading the answer of ", program, ": it is not JSON")};
    }
}

void check_server(const std::string& name, const std::string& server)
{
    if (server.empty() || has_control_characters(server))
        throw Error{ErrorKind::Failure, cat("credential helper ", skiff::quoted(name),
                                            ": not a valid server name: ", skiff::quoted(server))};
}

} // namespace

CredentialHelper::CredentialHelper(std::string name, milliseconds patience)
    : name_{std::move(name)}, patience_{patience}
{
    if (!is_helper_name(name_))
        throw Error{ErrorKind::Failure, cat("credential helper ", skiff::quoted(name_), ": not a valid name")};
}

CredentialHelper::Answer CredentialHelper::run(const std::string& verb, const std::string& input) const
{
    const std::string program = cat("docker-credential-", name_);
    const auto path = find_in_path(program);
    if (!path)
        throw Error{ErrorKind::Failure, ENOENT,
                    cat("getting credentials: exec: ", program, ": executable file not found in $PATH")};
    auto [in_read, in_write] = make_pipe();
    auto [out_read, out_write] = make_pipe();
    SpawnRequest request;
    request.argv = {*path, verb};
    request.fds = {{in_read.get(), 0}, {out_write.get(), 1}};
    ChildProcess child = spawn_process(request);
    in_read.reset();
    out_write.reset();
    bool is_reaped = false;
    const Defer kill{[&] {
        if (is_reaped)
            return;
        (void)child.pidfd().send_signal(SIGKILL);
        child.wait();
    }};

    const IgnoreSigpipe no_signals;
    try { // what is said to a helper is smaller than a pipe, so this never waits
        write_all(in_write.get(), input, program);
    } catch (const Error& error) {
        if (error.errno_value() != EPIPE) // it may have had its reasons; its status tells
            throw;
    }
    in_write.reset();
    const auto deadline = steady_clock::now() + patience_;
    auto output = read_within(out_read.get(), deadline);
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (!output || !child.pidfd().wait_for_end(static_cast<int>(std::max<std::int64_t>(left.count(), 0))))
        throw Error{ErrorKind::Failure, cat("getting credentials: ", program, " ", verb,
                                            " takes too long, or says too much; it was killed")};
    const ExitStatus status = child.wait();
    is_reaped = true;
    if (status.code == 0)
        return {true, std::move(*output)};
    if (output->find("credentials not found") != std::string::npos)
        return {};
    throw Error{ErrorKind::Failure,
                cat("getting credentials: ", program, " ", verb, " ended with status ", status.code)};
}

std::optional<Credentials> CredentialHelper::find(const std::string& server) const
{
    check_server(name_, server);
    const Answer answer = run("get", server + "\n");
    if (!answer.known)
        return std::nullopt;
    const nlohmann::json document = parse_answer(cat("docker-credential-", name_), answer.output);
    return while_doing(cat("reading the answer of docker-credential-", name_), [&]() -> std::optional<Credentials> {
        const text::JsonFields fields{document};
        const std::string username = fields.text_or("Username", "");
        const std::string secret = fields.text_or("Secret", "");
        Credentials credentials = username == "<token>" ? Credentials{"", "", secret} : Credentials{username, secret, ""};
        if (credentials == Credentials{})
            return std::nullopt;
        return credentials;
    });
}

void CredentialHelper::store(const std::string& server, const Credentials& credentials) const
{
    check_server(name_, server);
    const nlohmann::ordered_json question{
        {"ServerURL", server}, {"Username", credentials.username}, {"Secret", credentials.password}};
    const std::string text = question.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > 32U << 10U)
        throw Error{ErrorKind::Failure, "the password is too long for a credential helper"};
    if (!run("store", text).known)
        throw Error{ErrorKind::Failure, cat("docker-credential-", name_, " did not store the credentials")};
}

bool CredentialHelper::erase(const std::string& server) const
{
    check_server(name_, server);
    return run("erase", server + "\n").known;
}

std::vector<std::string> CredentialHelper::list() const
{
    const nlohmann::json servers = parse_answer(cat("docker-credential-", name_), run("list", "").output);
    std::vector<std::string> names;
    for (const auto& [server, user] : servers.items())
        names.push_back(server);
    return names;
}

} // namespace skiff::registry
