#pragma once

#include "archive/tar_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace skiff::archive {

constexpr std::size_t tar_block = 512;

/// The fields of one header block, as far as all formats agree on them; extensions are applied later.
struct TarHeader
{
    char type = '0';
    std::string path; ///< with ustar's prefix in front
    std::string link_target;
    std::uint32_t mode = 0;
    std::int64_t uid = 0; ///< as written; ranges are checked when it is known that no PAX record replaces it
    std::int64_t gid = 0;
    std::uint64_t size = 0;
    std::int64_t modified_s = 0;
    std::string user_name;
    std::string group_name;
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
};

/// `block` has tar_block bytes. Throws when the check sum or a number is wrong.
TarHeader parse_tar_header(std::string_view block);
bool is_zero_block(std::string_view block);

/// A number of a header: octal digits, or base 256 with the top bit set. Throws; `what` names the field.
std::int64_t parse_tar_number(std::string_view field, const char* what);

} // namespace skiff::archive
