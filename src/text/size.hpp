#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Amounts of memory and storage, in the spelling of Docker's go-units.
namespace skiff::text {

/// Reads `size` as the command line writes it: a number, perhaps with a fraction ("1.5g"), perhaps a space, and one of
/// b, k, m, g, t, p in either case (powers of 1024), which b or ib may follow ("KiB", "mb").
///
/// Returns bytes, fractions of a byte cut off. Throws Error(Usage) "invalid size: 'X'" on anything else and from 2^63
/// on. Source: go-units RAMInBytes.
std::uint64_t parse_bytes(std::string_view size);

/// As tables show sizes: powers of 1000, at most `digits` digits, no trailing zeros: "1.234MB", "0B", "77.8MB".
/// `between` stands between number and unit: Podman's image table has a space there and three digits.
/// Source: go-units HumanSizeWithPrecision.
std::string format_bytes_decimal(std::uint64_t bytes, int digits = 4, std::string_view between = "");

/// Powers of 1024, at most four digits: "1.5GiB". Source: go-units BytesSize.
std::string format_bytes_binary(std::uint64_t bytes);

} // namespace skiff::text
