#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci {

/// What an image was built for: "linux", "arm64", "v8".
struct Platform
{
    std::string os;
    std::string architecture;
    std::string variant;
    std::string os_version;
    std::vector<std::string> os_features;

    /// Of this machine.
    static Platform host();
    /// Reads the value of --platform: OS[/ARCH[/VARIANT]], or ARCH alone; what is missing is the host's. Aliases such
    /// as x86_64 and aarch64 are understood. Throws Error(Usage).
    static Platform parse(std::string_view text);
    /// With the names that images use: x86_64 becomes amd64, arm without a variant v7, arm64/v8 plain arm64.
    /// Source: containerd, platforms/database.go.
    [[nodiscard]] Platform normalized() const;
    [[nodiscard]] std::string text() const; ///< "linux/arm/v7"

    bool operator==(const Platform&) const = default;
};

/// What a machine that is `wanted` can run, best first: older variants of the same family follow.
/// Source: containerd, platforms/compare.go (platformVector).
std::vector<Platform> runnable_on(const Platform& wanted);

/// The place in `offered` of the best platform for `wanted`; the first one of equals. Nothing when none will do.
std::optional<std::size_t> find_best(std::span<const Platform> offered, const Platform& wanted);

} // namespace skiff::oci
