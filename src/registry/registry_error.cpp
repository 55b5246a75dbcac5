#include "registry/registry_error.hpp"

#include "text/json_fields.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

namespace skiff::registry {
namespace {

constexpr std::size_t longest_message = 1000;

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// "MANIFEST_UNKNOWN", "manifest unknown" gives "manifest unknown"; "DENIED", "no" gives "denied: no".
std::string join(std::string_view code, std::string_view message)
{
    std::string words = lower(code);
    std::ranges::replace(words, '_', ' ');
    if (message.empty() || lower(message) == words)
        return words;
    return words.empty() ? std::string{message} : cat(words, ": ", message);
}

/// The first entry of the list that the registry API prescribes: {"errors":[{"code":...,"message":...}]}; token servers
/// send {"details":...} or {"error":...,"error_description":...} instead.
std::optional<std::string> find_words(std::string_view body)
{
    try {
        const nlohmann::json document = text::parse_strict_json(body);
        const text::JsonFields fields{document};
        if (const auto errors = fields.objects("errors"); !errors.empty())
            return join(errors[0].text_or("code", ""), errors[0].text_or("message", ""));
        for (const char* key : {"details", "error_description", "error", "message"})
            if (const auto words = fields.find_text(key))
                return words;
    } catch (const Error&) { // not of this form: the status has to do
    }
    return std::nullopt;
}

std::string words_for_status(int status)
{
    switch (status) {
    case 401:
        return "unauthorized: authentication required";
    case 403:
        return "denied: requested access to the resource is denied";
    case 429:
        return "toomanyrequests: too many requests to the registry";
    default:
        return cat("invalid status code from registry ", status, " (", status_text(status), ")");
    }
}

} // namespace

std::string_view status_text(int status)
{
    struct Known
    {
        int status;
        std::string_view text;
    };
    static constexpr std::array known{
        Known{400, "Bad Request"},
        Known{401, "Unauthorized"},
        Known{403, "Forbidden"},
        Known{404, "Not Found"},
        Known{405, "Method Not Allowed"},
        Known{406, "Not Acceptable"},
        Known{410, "Gone"},
        Known{416, "Requested Range Not Satisfiable"},
        Known{418, "I'm a teapot"},
        Known{429, "Too Many Requests"},
        Known{451, "Unavailable For Legal Reasons"},
        Known{500, "Internal Server Error"},
        Known{501, "Not Implemented"},
        Known{502, "Bad Gateway"},
        Known{503, "Service Unavailable"},
        Known{504, "Gateway Timeout"},
    };
    const auto found = std::ranges::find(known, status, &Known::status);
    return found == known.end() ? "" : found->text;
}

Error make_registry_error(int status, std::string_view body)
{
    const ErrorKind kind = status == 404 ? ErrorKind::NotFound : ErrorKind::Failure;
    const std::string words = printable(find_words(body).value_or(words_for_status(status)).substr(0, longest_message));
    Error error{kind, words};
    if (status == 429)
        error.add_hint("the registry limits how much it gives to one user or address: wait a while, log in with `login` (its "
                       "users may fetch more), or name a mirror in registries.conf");
    return error;
}

} // namespace skiff::registry
