#include "oci/platform.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <sys/utsname.h>

namespace skiff::oci {
namespace {

std::string lower(std::string_view text)
{
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

bool same_machine(const Platform& a, const Platform& b)
{
    return a.os == b.os && a.architecture == b.architecture && a.variant == b.variant;
}

/// The digit behind the "v" of a variant; 0 for anything else.
int level_of(std::string_view variant)
{
    const bool is_level = variant.size() == 2 && variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9';
    return is_level ? variant[1] - '0' : 0;
}

bool is_known_architecture(std::string_view name)
{
    constexpr std::array known{"386",    "amd64", "arm",     "arm64",   "loong64", "mips",    "mips64", "mips64le",
                               "mipsle", "ppc64", "ppc64le", "riscv64", "s390x",   "sparc64", "wasm"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

} // namespace

Platform Platform::host()
{
    Platform platform;
    platform.os = "linux";
    utsname names{};
    if (::uname(&names) != 0)
        throw Error{errno, "asking for the machine's architecture"};
    platform.architecture = static_cast<const char*>(names.machine);
    // "armv6l", "armv7l"; a 32-bit personality of a 64-bit machine says "armv8l".
    if (platform.architecture.starts_with("armv")) {
        platform.variant = platform.architecture.substr(3, 2);
        platform.architecture = "arm";
    } else if (platform.architecture.size() == 4 && platform.architecture.ends_with("86")) {
        platform.architecture = "386"; // i486, i586, i686
    }
    return platform.normalized();
}

Platform Platform::normalized() const
{
    Platform result = *this;
    result.os = lower(os);
    if (result.os == "macos")
        result.os = "darwin";
    std::string architecture_name = lower(architecture);
    std::string variant_name = lower(variant);
    if (architecture_name == "i386") {
        architecture_name = "386";
        variant_name.clear();
    } else if (architecture_name == "x86_64" || architecture_name == "x86-64" || architecture_name == "amd64") {
        architecture_name = "amd64";
        if (variant_name == "v1")
            variant_name.clear();
    } else if (architecture_name == "aarch64" || architecture_name == "arm64") {
        architecture_name = "arm64";
        if (variant_name == "8" || variant_name == "v8" || variant_name == "v8.0")
            variant_name.clear();
    } else if (architecture_name == "armhf") {
        architecture_name = "arm";
        variant_name = "v7";
    } else if (architecture_name == "armel") {
        architecture_name = "arm";
        variant_name = "v6";
    } else if (architecture_name == "arm") {
        if (variant_name.empty())
            variant_name = "v7";
        else if (!variant_name.starts_with('v'))
            variant_name.insert(0, "v");
    } else if (architecture_name == "loongarch64") {
        architecture_name = "loong64";
    }
    result.architecture = architecture_name;
    result.variant = variant_name;
    return result;
}

Platform Platform::parse(std::string_view text)
{
    std::vector<std::string> parts;
    for (std::string_view rest = text;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        const bool valid = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                   c == '-';
        });
        if (!valid || parts.size() == 3)
            throw Error{ErrorKind::Usage, cat("invalid platform ", quoted(text), ": expected OS[/ARCH[/VARIANT]]")};
        parts.emplace_back(part);
        if (slash == std::string_view::npos)
            break;
        rest.remove_prefix(slash + 1);
    }
    Platform platform = host();
    if (parts.size() == 1) {
        const Platform alone = Platform{.os = "linux", .architecture = parts[0]}.normalized();
        if (is_known_architecture(alone.architecture))
            return alone;
        platform.os = parts[0];
        return platform.normalized();
    }
    platform = {};
    platform.os = parts[0];
    platform.architecture = parts[1];
    platform.variant = parts.size() == 3 ? parts[2] : "";
    return platform.normalized();
}

std::string Platform::text() const { return cat(os, "/", architecture, variant.empty() ? "" : "/", variant); }

std::vector<Platform> runnable_on(const Platform& wanted)
{
    const Platform first = wanted.normalized();
    std::vector<Platform> vector{first};
    const auto add = [&](std::string_view architecture, std::string variant) {
        Platform next = first;
        next.architecture = architecture;
        next.variant = std::move(variant);
        vector.push_back(std::move(next));
    };
    if (first.architecture == "amd64") {
        for (int level = level_of(first.variant) - 1; level > 1; --level)
            add("amd64", cat("v", level));
        if (!first.variant.empty())
            add("amd64", "");
    } else if (first.architecture == "arm") {
        for (int level = level_of(first.variant) - 1; level >= 5; --level)
            add("arm", cat("v", level));
    } else if (first.architecture == "arm64") {
        if (!first.variant.empty())
            add("arm64", "");
        for (int level = 8; level >= 5; --level)
            add("arm", cat("v", level));
    }
    return vector;
}

std::optional<std::size_t> find_best(std::span<const Platform> offered, const Platform& wanted)
{
    for (const Platform& candidate : runnable_on(wanted))
        for (std::size_t i = 0; i < offered.size(); ++i)
            if (same_machine(offered[i].normalized(), candidate))
                return i;
    return std::nullopt;
}

} // namespace skiff::oci
