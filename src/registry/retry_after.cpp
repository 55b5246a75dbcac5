#include "registry/retry_after.hpp"

#include "registry/curl_library.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::registry {

std::optional<std::chrono::seconds> find_retry_after(const std::string& value)
{
    using namespace std::chrono_literals;
    if (value.empty())
        return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc{} && end == value.data() + value.size())
        return std::chrono::seconds{std::min<std::uint64_t>(number, 1'000'000'000)};
    const time_t when = curl().getdate(value.c_str(), nullptr);
    if (when < 0)
        return std::nullopt;
    return std::max(0s, std::chrono::seconds{
                            when - std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())});
}

} // namespace skiff::registry
