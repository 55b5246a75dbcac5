#include "cli/values_health.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/duration.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace skiff::cli {
namespace {

std::string upper(std::string_view text)
{
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::vector<std::string> split_fields(std::string_view text)
{
    std::vector<std::string> fields;
    for (std::string& word : split_at(text, ' '))
        if (!word.empty())
            fields.push_back(std::move(word));
    return fields;
}

std::vector<std::string> with_front(std::string_view first, std::vector<std::string> rest)
{
    rest.insert(rest.begin(), std::string{first});
    return rest;
}

std::vector<std::string> test_of_words(std::vector<std::string> words)
{
    if (words.empty())
        throw usage_error("must define a healthcheck command for all healthchecks");
    const std::string keyword = upper(words[0]);
    if (keyword == "NONE")
        return {"NONE"};
    if (keyword == "CMD" || keyword == "CMD-SHELL") {
        words[0] = keyword;
        return words;
    }
    // One word alone may be a whole shell line.
    return words.size() > 1 ? with_front("CMD", std::move(words)) : with_front("CMD-SHELL", std::move(words));
}

std::chrono::nanoseconds read_named_duration(std::string_view name, std::string_view text)
{
    return while_doing(cat("invalid ", name), [&] { return text::parse_duration(text); });
}

std::chrono::nanoseconds read_no_less_than_zero(std::string_view name, std::string_view text)
{
    const auto time = read_named_duration(name, text);
    if (time < std::chrono::nanoseconds{0})
        throw usage_error(cat(name, " must be 0 seconds or greater"));
    return time;
}

} // namespace

std::vector<std::string> read_health_test(std::string_view text)
{
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_array() && std::all_of(json.begin(), json.end(), [](const auto& word) { return word.is_string(); }))
        return test_of_words(json.get<std::vector<std::string>>());
    const Cut cut = cut_at(text, ' ');
    const std::string keyword = upper(cut.head);
    if (keyword == "CMD" || keyword == "NONE")
        return test_of_words(split_fields(text));
    if (keyword == "CMD-SHELL" && cut.tail)
        return {keyword, *cut.tail};
    if (text.empty())
        throw usage_error("must define a healthcheck command for all healthchecks");
    return {"CMD-SHELL", std::string{text}};
}

std::chrono::nanoseconds read_health_interval(std::string_view text)
{
    return text == "disable" ? std::chrono::nanoseconds{0} : read_named_duration("healthcheck-interval", text);
}

std::chrono::nanoseconds read_health_timeout(std::string_view text)
{
    const auto timeout = read_named_duration("healthcheck-timeout", text);
    if (timeout < std::chrono::nanoseconds{1})
        throw usage_error("healthcheck-timeout must be at least 1 second");
    return timeout;
}

std::chrono::nanoseconds read_health_start_period(std::string_view text)
{
    return read_no_less_than_zero("healthcheck-start-period", text);
}

std::chrono::nanoseconds read_health_start_interval(std::string_view text)
{
    return read_no_less_than_zero("healthcheck-start-interval", text);
}

int read_health_count(std::string_view text)
{
    unsigned short count = 0;
    read_into(count, text);
    return count;
}

HealthAction read_health_action(std::string_view text)
{
    const std::string word = upper(text);
    if (word == "NONE" || word.empty())
        return HealthAction::None;
    if (word == "KILL")
        return HealthAction::Kill;
    if (word == "RESTART")
        return HealthAction::Restart;
    if (word == "STOP")
        return HealthAction::Stop;
    throw usage_error(cat("invalid on-failure action ", text::go_quoted(text),
                          " for health check: supported actions are kill,none,restart,stop"));
}

std::string read_health_log_destination(std::string_view text)
{
    if (text == "local" || text == "events_logger" || text.empty())
        return text.empty() ? "local" : std::string{text};
    const std::string path = absolute_path(text);
    struct stat status
    {
    };
    if (::stat(path.c_str(), &status) != 0)
        throw Error{ErrorKind::Usage, errno,
                    cat("HealthCheck Log '", path, "' destination error: ", errno_text(errno))};
    if (!S_ISDIR(status.st_mode))
        throw usage_error(cat("HealthCheck Log '", path, "' destination must be directory"));
    return path;
}

void check_health(const HealthRequest& request)
{
    if (request.retries && *request.retries < 1)
        throw usage_error("healthcheck-retries must be greater than 0");
    if (request.disabled && request.test)
        throw usage_error("cannot specify both --no-healthcheck and --health-cmd");
    if (request.disabled && request.startup_test)
        throw usage_error("cannot specify both --no-healthcheck and --health-startup-cmd");
}

} // namespace skiff::cli
