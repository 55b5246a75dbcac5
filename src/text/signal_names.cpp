#include "text/signal_names.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstring>
#include <optional>

namespace skiff::text {
namespace {

// The numbers that programs in containers see: the C library keeps two of the real-time signals for itself.
constexpr int first_realtime = 34;
constexpr int last_realtime = 64;

std::optional<int> find_signal(const std::string& name)
{
    for (int number = 1; number < 32; ++number)
        if (const char* known = ::sigabbrev_np(number); known != nullptr && name == known)
            return number;
    if (name == "CLD")
        return SIGCHLD;
    if (name == "IOT")
        return SIGABRT;
    const auto offset = [&](std::string_view prefix) -> std::optional<int> {
        if (!std::string_view{name}.starts_with(prefix))
            return std::nullopt;
        const std::string rest = name.substr(prefix.size());
        if (rest.empty())
            return 0;
        if (rest.size() > 3 || rest.size() < 2 || (rest[0] != '+' && rest[0] != '-') ||
            !std::all_of(rest.begin() + 1, rest.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
            return std::nullopt;
        return std::stoi(rest);
    };
    std::optional<int> number;
    if (const auto above = offset("RTMIN"))
        number = first_realtime + *above;
    else if (const auto below = offset("RTMAX"))
        number = last_realtime + *below;
    return number && *number >= first_realtime && *number <= last_realtime ? number : std::nullopt;
}

bool is_digits(std::string_view word)
{
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

} // namespace

int parse_signal(std::string_view text)
{
    const std::string_view word = text.starts_with('-') ? text.substr(1) : text;
    if (is_digits(word)) {
        const int number = word.size() < 6 ? std::stoi(std::string{word}) : last_realtime + 1;
        if (number == 0)
            throw Error{ErrorKind::Usage, cat("invalid signal: ", word)};
        if (number > last_realtime)
            throw Error{ErrorKind::Usage, "valid signals are 1 through 64"};
        return number;
    }
    std::string name{word};
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto number = find_signal(name.starts_with("SIG") ? name.substr(3) : name);
    if (!number)
        throw Error{ErrorKind::Usage, cat("invalid signal: ", printable(word))};
    return *number;
}

std::string signal_name(int signal)
{
    if (const char* name = ::sigabbrev_np(signal))
        return name;
    if (signal >= first_realtime && signal <= last_realtime)
        return signal == first_realtime ? "RTMIN" : cat("RTMIN+", signal - first_realtime);
    return std::to_string(signal);
}

} // namespace skiff::text
