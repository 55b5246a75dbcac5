#include "kernel/rlimit.hpp"

#include "base/error.hpp"

#include <array>
#include <sys/resource.h>

namespace skiff::kernel {
namespace {

struct Name
{
    int resource;
    std::string_view word;
};

constexpr std::array<Name, 16> table{{
    {RLIMIT_AS, "as"},
    {RLIMIT_CORE, "core"},
    {RLIMIT_CPU, "cpu"},
    {RLIMIT_DATA, "data"},
    {RLIMIT_FSIZE, "fsize"},
    {RLIMIT_LOCKS, "locks"},
    {RLIMIT_MEMLOCK, "memlock"},
    {RLIMIT_MSGQUEUE, "msgqueue"},
    {RLIMIT_NICE, "nice"},
    {RLIMIT_NOFILE, "nofile"},
    {RLIMIT_NPROC, "nproc"},
    {RLIMIT_RSS, "rss"},
    {RLIMIT_RTPRIO, "rtprio"},
    {RLIMIT_RTTIME, "rttime"},
    {RLIMIT_SIGPENDING, "sigpending"},
    {RLIMIT_STACK, "stack"},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

} // namespace

std::optional<int> find_rlimit(std::string_view name)
{
    std::string word;
    for (const char c : name)
        word += lower(c);
    if (word.starts_with("rlimit_"))
        word.erase(0, 7);
    for (const Name& entry : table)
        if (entry.word == word)
            return entry.resource;
    return std::nullopt;
}

std::string short_rlimit_name(int resource)
{
    for (const Name& entry : table)
        if (entry.resource == resource)
            return std::string{entry.word};
    return std::to_string(resource);
}

std::string rlimit_name(int resource)
{
    std::string name = "RLIMIT_";
    for (const char c : short_rlimit_name(resource))
        name += upper(c);
    return name;
}

std::vector<Rlimit> current_rlimits()
{
    std::vector<Rlimit> limits;
    for (const Name& entry : table) {
        rlimit64 value{};
        if (::prlimit64(0, static_cast<__rlimit_resource>(entry.resource), nullptr, &value) != 0)
            throw Error{errno, cat("reading the limit ", quoted(entry.word))};
        limits.push_back({entry.resource, value.rlim_cur, value.rlim_max});
    }
    return limits;
}

} // namespace skiff::kernel
