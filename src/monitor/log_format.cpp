#include "monitor/log_format.hpp"

#include "base/error.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::monitor {
namespace {

constexpr std::string_view stdout_name = "stdout";
constexpr std::string_view stderr_name = "stderr";

std::string_view stream_name(const LogRecord& record) { return record.is_error ? stderr_name : stdout_name; }

/// As conmon and the kubelet write them: with an offset in digits also for UTC.
std::string with_offset(WallTime time)
{
    std::string text = text::format_rfc3339_nine_digits(time);
    if (text.ends_with('Z'))
        text.replace(text.size() - 1, 1, "+00:00");
    return text;
}

std::string_view take_word(std::string_view& line)
{
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    return word;
}

std::optional<WallTime> find_time(std::string_view text)
{
    try {
        return text::parse_rfc3339(text);
    } catch (const Error&) { // a damaged line; its reader skips it
        return std::nullopt;
    }
}

std::optional<LogRecord> parse_k8s(std::string_view line)
{
    const auto time = find_time(take_word(line));
    const std::string_view stream = take_word(line);
    const std::string_view tag = take_word(line);
    if (!time || (stream != stdout_name && stream != stderr_name) || (tag != "F" && tag != "P"))
        return std::nullopt;
    return LogRecord{*time, stream == stderr_name, tag == "P", std::string{line}};
}

std::optional<LogRecord> parse_docker(std::string_view line)
{
    const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("log") || !parsed["log"].is_string())
        return std::nullopt;
    LogRecord record;
    record.text = parsed["log"].get<std::string>();
    const auto text_of = [&](const char* key) {
        const auto found = parsed.find(key);
        return found != parsed.end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    record.is_error = text_of("stream") == stderr_name;
    record.is_partial = !record.text.ends_with('\n');
    if (!record.is_partial)
        record.text.pop_back();
    const auto time = find_time(text_of("time"));
    if (!time)
        return std::nullopt;
    record.time = *time;
    return record;
}

} // namespace

std::optional<LogFormat> find_log_format(std::string_view driver)
{
    if (driver == "k8s-file")
        return LogFormat::K8sFile;
    if (driver == "json-file")
        return LogFormat::JsonFile;
    return std::nullopt;
}

std::string format_record(LogFormat format, const LogRecord& record)
{
    if (format == LogFormat::K8sFile)
        return cat(with_offset(record.time), ' ', stream_name(record), ' ', record.is_partial ? 'P' : 'F', ' ',
                   record.text, '\n');
    const nlohmann::json line = {{"log", record.is_partial ? record.text : record.text + '\n'},
                                 {"stream", stream_name(record)},
                                 {"time", text::format_rfc3339_nine_digits(record.time)}};
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::optional<LogRecord> parse_record(LogFormat format, std::string_view line)
{
    return format == LogFormat::K8sFile ? parse_k8s(line) : parse_docker(line);
}

} // namespace skiff::monitor
