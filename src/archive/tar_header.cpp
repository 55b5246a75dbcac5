#include "archive/tar_header.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstring>

namespace skiff::archive {
namespace {

/// Where the fields are. Source: pax(1), "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format".
struct Field
{
    std::size_t offset;
    std::size_t size;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field time_field{136, 12};
constexpr Field sum_field{148, 8};
constexpr std::size_t type_offset = 156;
constexpr Field link_field{157, 100};
constexpr Field magic_field{257, 8};
constexpr Field user_field{265, 32};
constexpr Field group_field{297, 32};
constexpr Field major_field{329, 8};
constexpr Field minor_field{337, 8};
constexpr Field prefix_field{345, 155};

std::string_view bytes_of(std::string_view block, Field field) { return block.substr(field.offset, field.size); }

std::string text_of(std::string_view block, Field field)
{
    const std::string_view bytes = bytes_of(block, field);
    return std::string{bytes.substr(0, bytes.find('\0'))};
}

/// Some old programs added up signed characters.
bool check_sum_is_right(std::string_view block)
{
    std::int64_t plain = 0;
    std::int64_t with_signs = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool in_sum = i >= sum_field.offset && i < sum_field.offset + sum_field.size;
        plain += in_sum ? ' ' : static_cast<unsigned char>(block[i]);
        with_signs += in_sum ? ' ' : static_cast<signed char>(block[i]);
    }
    const std::int64_t written = parse_tar_number(bytes_of(block, sum_field), "check sum");
    return written == plain || written == with_signs;
}

std::int64_t parse_base_256(std::string_view field, const char* what)
{
    const bool negative = (static_cast<unsigned char>(field[0]) & 0x40U) != 0;
    std::uint64_t value = negative ? ~0ULL : 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        auto byte = static_cast<unsigned char>(field[i]);
        if (i == 0) // the top bit only says "base 256"; the next one is the sign
            byte = negative ? (byte | 0x80U) : (byte & 0x7fU);
        const std::uint64_t top = value >> 55U; // what is pushed out, and the sign that remains
        if (top != (negative ? 0x1ffU : 0U))
            throw Error{ErrorKind::Failure, cat("invalid tar header: ", what, " is out of range")};
        value = (value << 8U) | byte;
    }
    return static_cast<std::int64_t>(value);
}

/// Devices are dropped, so junk in their fields (v7 has none) is no reason to refuse an archive.
std::uint32_t device_number(std::string_view block, Field field)
{
    try {
        return static_cast<std::uint32_t>(parse_tar_number(bytes_of(block, field), "device"));
    } catch (const Error&) {
        return 0;
    }
}

} // namespace

std::int64_t parse_tar_number(std::string_view field, const char* what)
{
    if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0)
        return parse_base_256(field, what);
    const auto is_blank = [](char c) { return c == ' ' || c == '\0'; };
    while (!field.empty() && is_blank(field.front()))
        field.remove_prefix(1);
    field = field.substr(0, field.find('\0'));
    while (!field.empty() && is_blank(field.back()))
        field.remove_suffix(1);
    std::int64_t value = 0; // twelve octal digits at most: no overflow
    for (const char digit : field) {
        if (digit < '0' || digit > '7')
            throw Error{ErrorKind::Failure, cat("invalid tar header: ", what, " is no number")};
        value = value * 8 + (digit - '0');
    }
    return value;
}

bool is_zero_block(std::string_view block)
{
    return block[0] == '\0' && std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

TarHeader parse_tar_header(std::string_view block)
{
    if (!check_sum_is_right(block))
        throw Error{ErrorKind::Failure, "invalid tar header: wrong check sum"};
    TarHeader header;
    header.type = block[type_offset];
    header.path = text_of(block, name_field);
    header.link_target = text_of(block, link_field);
    header.mode = static_cast<std::uint32_t>(parse_tar_number(bytes_of(block, mode_field), "mode") & 07777);
    header.uid = parse_tar_number(bytes_of(block, uid_field), "uid");
    header.gid = parse_tar_number(bytes_of(block, gid_field), "gid");
    const std::int64_t size = parse_tar_number(bytes_of(block, size_field), "size");
    if (size < 0)
        throw Error{ErrorKind::Failure, "invalid tar header: size is negative"};
    header.size = static_cast<std::uint64_t>(size);
    header.modified_s = parse_tar_number(bytes_of(block, time_field), "modification time");
    const std::string_view magic = bytes_of(block, magic_field);
    if (magic.starts_with("ustar")) {
        header.user_name = text_of(block, user_field);
        header.group_name = text_of(block, group_field);
        header.device_major = device_number(block, major_field);
        header.device_minor = device_number(block, minor_field);
        // GNU's "ustar  " keeps times and sparse maps where POSIX has the prefix.
        if (magic[5] == '\0') {
            if (const std::string prefix = text_of(block, prefix_field); !prefix.empty())
                header.path = cat(prefix, "/", header.path);
        }
    }
    return header;
}

} // namespace skiff::archive
