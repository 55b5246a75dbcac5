#include "cli/values_limits.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <cctype>

namespace skiff::cli {
namespace {

constexpr std::string_view types[] = {"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                      "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

std::uint64_t read_limit(const std::string& text)
{
    if (text == "-1" || text == "unlimited")
        return ~std::uint64_t{0};
    const std::int64_t value = read_integer(text);
    if (value < 0)
        throw usage_error(cat("invalid ulimit argument: ", text));
    return static_cast<std::uint64_t>(value);
}

RlimitConfig read_ulimit(const std::string& text)
{
    const Cut cut = cut_at(text, '=');
    if (!cut.tail)
        throw usage_error(cat("invalid ulimit argument: ", printable(text)));
    if (std::find(std::begin(types), std::end(types), cut.head) == std::end(types))
        throw usage_error(cat("invalid ulimit type: ", printable(cut.head)));
    const std::vector<std::string> values = split_at(*cut.tail, ':');
    if (values.size() > 2)
        throw usage_error(
            cat("too many limit value arguments - ", printable(*cut.tail), ", can only have up to two, `soft[:hard]`"));
    RlimitConfig limit;
    limit.name = cut.head;
    limit.soft = read_limit(values[0]);
    limit.hard = values.size() == 2 ? read_limit(values[1]) : limit.soft;
    if (limit.soft > limit.hard)
        throw usage_error(cat("ulimit soft limit must be less than or equal to hard limit: soft: ", values[0],
                              " > hard: ", values[1]));
    return limit;
}

bool is_device_mode(const std::string& mode)
{
    if (mode.empty() || mode.size() > 3)
        return false;
    for (std::size_t i = 0; i < mode.size(); ++i)
        if (std::string_view{"rwm"}.find(mode[i]) == std::string_view::npos || mode.find(mode[i]) != i)
            return false;
    return true;
}

} // namespace

void add_ulimit(UlimitRequest& request, std::string_view text)
{
    if (text == "host") {
        request.host = true;
        return;
    }
    std::string word{text};
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (word.starts_with("rlimit_"))
        word.erase(0, 7);
    RlimitConfig limit =
        while_doing(cat("ulimit option ", text::go_quoted(word), " requires name=SOFT:HARD, failed to be parsed"),
                    [&] { return read_ulimit(word); });
    std::erase_if(request.limits, [&](const RlimitConfig& earlier) { return earlier.name == limit.name; });
    request.limits.push_back(std::move(limit));
}

DeviceConfig read_device(std::string_view text)
{
    if (!text.starts_with('/') && text.find('=') != std::string_view::npos)
        throw usage_error(cat("device ", quoted(text), " is not supported: CDI devices are not built yet"));
    const std::vector<std::string> parts = split_at(text, ':');
    if (parts.size() > 3 || parts[0].empty())
        throw usage_error(cat("invalid device specification: ", printable(text)));
    DeviceConfig device;
    device.host_path = parts[0];
    if (parts.size() == 3 && !is_device_mode(parts[2]))
        throw usage_error(cat("invalid device mode: ", printable(parts[2])));
    if (parts.size() == 3)
        device.access = parts[2];
    if (parts.size() >= 2) {
        if (is_device_mode(parts[1]))
            device.access = parts[1];
        else if (!parts[1].starts_with('/'))
            throw usage_error(cat("invalid device mode: ", printable(parts[1])));
        else
            device.container_path = parts[1];
    }
    if (device.container_path.empty())
        device.container_path = device.host_path;
    return device;
}

std::int64_t read_pids_limit(std::string_view text)
{
    const std::int64_t limit = read_integer(text);
    return limit <= 0 ? -1 : limit;
}

} // namespace skiff::cli
