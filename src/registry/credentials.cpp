#include "registry/credentials.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

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

Credentials read_answer(const std::string& output)
{
    // The parser's complaint would quote the secret.
    nlohmann::json document;
    try {
        document = text::parse_strict_json(output);
    } catch (const Error&) {
        throw Error{ErrorKind::Failure, "it is not JSON"};
    }
    const text::JsonFields answer{document};
    Credentials credentials;
    credentials.username = answer.text_or("Username", "");
    if (credentials.username == "<token>")
        credentials = {"", "", answer.text_or("Secret", "")};
    else
        credentials.password = answer.text_or("Secret", "");
    return credentials;
}

} // namespace

Credentials parse_credentials(std::string_view text)
{
    const std::size_t colon = text.find(':');
    Credentials credentials;
    credentials.username = text.substr(0, colon);
    if (credentials.username.empty())
        throw Error{ErrorKind::Usage, "credentials can't be empty: the user name is missing"};
    if (colon != std::string_view::npos)
        credentials.password = text.substr(colon + 1);
    return credentials;
}

std::optional<Credentials> ask_credential_helper(const std::string& name, const std::string& server)
{
    if (!is_helper_name(name))
        throw Error{ErrorKind::Failure, cat("credential helper ", skiff::quoted(name), ": not a valid name")};
    if (server.empty() || has_control_characters(server))
        throw Error{ErrorKind::Failure, cat("credential helper ", skiff::quoted(name),
                                            ": not a valid server name: ", skiff::quoted(server))};
    const std::string program = cat("docker-credential-", name);
    const auto path = find_in_path(program);
    if (!path)
        throw Error{ErrorKind::Failure,
                    cat("getting credentials: exec: ", program, ": executable file not found in $PATH")};

    SpawnRequest request;
    request.argv = {*path, "get"};
    const RunResult result = run_process(std::move(request), server + "\n");
    if (result.status.code != 0) {
        if (result.output.find("credentials not found") != std::string::npos)
            return std::nullopt;
        throw Error{ErrorKind::Failure,
                    cat("getting credentials: ", program, " ended with status ", result.status.code)};
    }
    Credentials credentials =
        while_doing(cat("reading the answer of ", program), [&] { return read_answer(result.output); });
    if (credentials == Credentials{})
        return std::nullopt;
    return credentials;
}

} // namespace skiff::registry
