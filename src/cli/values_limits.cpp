#include "cli/values_limits.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "runtime/cdi_spec.hpp"
#include "text/go_quote.hpp"
#include "text/size.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

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

/// PATH:VALUE of the --device-read-bps family.
Cut cut_device_limit(std::string_view text)
{
    Cut cut = cut_at(text, ':');
    if (!cut.tail)
        throw usage_error(cat("bad format: ", printable(text)));
    if (!cut.head.starts_with("/dev/"))
        throw usage_error(cat("bad format for device path: ", printable(text)));
    return cut;
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

void add_device(CreateRequest& request, std::string_view text)
{
    if (runtime::is_cdi_name(text))
        request.cdi_devices.emplace_back(text);
    else if (!text.starts_with('/') && text.find('=') != std::string_view::npos)
        throw usage_error(cat("invalid device name: ", printable(text))).with_hint("CDI devices are called VENDOR/CLASS=NAME");
    else
        request.devices.push_back(read_device(text));
}

void add_gpu(CreateRequest& request, std::string_view text)
{
    if (text.starts_with("device="))
        text.remove_prefix(std::string_view{"device="}.size()); // as Docker has it
    add_device(request, runtime::is_cdi_name(text) ? std::string{text} : cat("nvidia.com/gpu=", text));
}

DeviceConfig read_device(std::string_view text)
{
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
    if (limit > std::numeric_limits<std::int32_t>::max())
        throw_out_of_range("ParseInt", text);
    return limit <= 0 ? -1 : limit;
}

double read_cpus(std::string_view text)
{
    constexpr double most = 1e8; // the kernel counts a quota in 44 bits of microseconds
    const double cpus = read_number(text);
    if (cpus < 0)
        throw usage_error("the number of CPUs cannot be negative");
    if (cpus > most)
        throw_out_of_range("ParseFloat", text);
    if (cpus > 0 && cpus < 0.01)
        throw usage_error("a hundredth of a CPU (0.01) is the least");
    return cpus;
}

std::uint64_t read_cpu_period(std::string_view text)
{
    const std::uint64_t period = read_unsigned(text);
    if (period != 0 && (period < 1000 || period > 1'000'000))
        throw usage_error("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    return period;
}

std::int64_t read_cpu_quota(std::string_view text)
{
    const std::int64_t quota = read_integer(text);
    if (quota > 0 && quota < 1000)
        throw usage_error("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    if (quota >= std::int64_t{1} << 44)
        throw_out_of_range("ParseInt", text);
    return quota;
}

std::string read_number_list(std::string_view text)
{
    for (const std::string& piece : text.empty() ? std::vector<std::string>{} : split_at(text, ',')) {
        const Cut range = cut_at(piece, '-');
        std::uint16_t first = 0;
        read_into(first, range.head);
        std::uint16_t last = first;
        if (range.tail)
            read_into(last, *range.tail);
        if (last < first)
            throw usage_error(cat("the range ", printable(piece), " ends before it begins"));
    }
    return std::string{text};
}

void read_io_weight(std::optional<std::uint16_t>& weight, std::string_view text)
{
    std::uint16_t value = 0;
    if (!text.empty())
        while_doing("invalid value for blkio-weight", [&] { read_into(value, text); });
    if (value != 0 && (value < 10 || value > 1000))
        throw usage_error("range of blkio weight is from 10 to 1000");
    weight = value == 0 ? std::nullopt : std::optional{value};
}

DeviceLimit read_device_weight(std::string_view text)
{
    const Cut cut = cut_device_limit(text);
    try {
        const std::uint64_t weight = read_unsigned(*cut.tail);
        if (weight >= 10 && weight <= 1000)
            return {cut.head, weight};
    } catch (const Error&) { // the sentence below says it
    }
    throw usage_error(cat("invalid weight for device: ", printable(text))).with_hint("weights go from 10 to 1000");
}

DeviceLimit read_device_bps(std::string_view text)
{
    const Cut cut = cut_device_limit(text);
    try {
        return {cut.head, text::parse_bytes(*cut.tail)};
    } catch (const Error&) {
        throw usage_error(cat("invalid rate for device: ", printable(text), ". The correct format is <device-path>:<number>[<unit>]. "
                              "Number must be a positive integer. Unit is optional and can be kb, mb, or gb"));
    }
}

DeviceLimit read_device_iops(std::string_view text)
{
    const Cut cut = cut_device_limit(text);
    try {
        return {cut.head, read_unsigned(*cut.tail)};
    } catch (const Error&) {
        throw usage_error(cat("invalid rate for device: ", printable(text),
                              ". The correct format is <device-path>:<number>. Number must be a positive integer"));
    }
}

} // namespace skiff::cli
