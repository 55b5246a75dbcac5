#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The kernel's capabilities by name and as sets. Policy (who gets which) is in runtime/security_profile.hpp.
namespace skiff::kernel {

/// A set of capabilities: bit N is capability N.
using CapabilitySet = std::uint64_t;

/// The number of "CAP_CHOWN"; nothing for names that this program does not know.
std::optional<unsigned> find_capability(std::string_view name);
/// "CAP_CHOWN"; nothing for numbers without a name.
std::optional<std::string_view> find_capability_name(unsigned number);

/// All that both this program and the running kernel know.
CapabilitySet known_capabilities();
/// The highest number that the running kernel knows.
unsigned last_capability();

/// Unknown names are an Error: `"CAP_X": unknown capability`.
CapabilitySet make_capability_set(const std::vector<std::string>& names);
std::vector<std::string> capability_names(CapabilitySet set); ///< by number

} // namespace skiff::kernel
