#pragma once

#include <string>
#include <string_view>

/// Streams that say much with few bytes.
namespace skiff::test {

std::string repeat(std::string_view piece, std::size_t times);

/// One frame.
std::string zstd(std::string_view plain);

/// A zstd frame of `blocks` blocks of 128 KiB of zeros, each of which takes four bytes.
std::string zstd_of_zeros(std::size_t blocks);

} // namespace skiff::test
