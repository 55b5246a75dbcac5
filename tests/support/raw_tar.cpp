#include "raw_tar.hpp"

#include "archive/pax.hpp"

#include <algorithm>
#include <array>

namespace skiff::test {
namespace {

constexpr std::size_t block = 512;

void put(std::string& header, std::size_t offset, std::size_t room, std::string_view value)
{
    header.replace(offset, std::min(room, value.size()), value.substr(0, room));
}

void pad(std::string& bytes) { bytes.resize((bytes.size() + block - 1) / block * block, '\0'); }

std::uint32_t crc32(std::string_view data)
{
    std::uint32_t crc = ~0U;
    for (const char c : data) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

std::string little_endian(std::uint32_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>((value >> (8 * i)) & 0xffU);
    return text;
}

} // namespace

std::string octal(std::uint64_t value, std::size_t width)
{
    std::string text(width, '0');
    for (std::size_t i = width; i-- > 0; value >>= 3U)
        text[i] = static_cast<char>('0' + (value & 7U));
    return text;
}

std::string base_256(std::int64_t value, std::size_t width)
{
    std::string text(width, value < 0 ? '\xff' : '\0');
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = width; i-- > 0 && width - i <= 8; rest >>= 8U)
        text[i] = static_cast<char>(rest & 0xffU);
    text[0] = static_cast<char>(static_cast<unsigned char>(text[0]) | 0x80U);
    return text;
}

RawTar& RawTar::add(RawHeader header, std::string_view content)
{
    std::string bytes(block, '\0');
    put(bytes, 0, 100, header.name);
    put(bytes, 100, 8, header.mode);
    put(bytes, 108, 8, header.uid);
    put(bytes, 116, 8, header.gid);
    put(bytes, 124, 12, header.size.empty() ? octal(content.size(), 11) : header.size);
    put(bytes, 136, 12, header.time);
    put(bytes, 148, 8, "        ");
    bytes[156] = header.type;
    put(bytes, 157, 100, header.link_name);
    put(bytes, 257, 8, header.magic);
    put(bytes, 265, 32, header.user);
    put(bytes, 297, 32, header.group);
    put(bytes, 329, 8, header.device_major);
    put(bytes, 337, 8, header.device_minor);
    put(bytes, 345, header.tail.empty() ? 155 : 167, header.tail.empty() ? header.prefix : header.tail);
    std::uint64_t sum = 0;
    for (const char c : bytes)
        sum += static_cast<unsigned char>(c);
    sum += static_cast<std::uint64_t>(header.check_sum_error);
    put(bytes, 148, 8, octal(sum, 6) + std::string("\0 ", 2));
    bytes_ += bytes;
    bytes_ += content;
    pad(bytes_);
    return *this;
}

RawTar& RawTar::file(std::string name, std::string_view content, std::string mode)
{
    return add({.name = std::move(name), .mode = std::move(mode)}, content);
}

RawTar& RawTar::directory(std::string name, std::string mode)
{
    return add({.name = std::move(name), .type = '5', .mode = std::move(mode)});
}

RawTar& RawTar::symlink(std::string name, std::string target)
{
    return add({.name = std::move(name), .type = '2', .link_name = std::move(target), .mode = "0000777"});
}

RawTar& RawTar::hard_link(std::string name, std::string target)
{
    return add({.name = std::move(name), .type = '1', .link_name = std::move(target)});
}

RawTar& RawTar::pax(const std::vector<std::pair<std::string, std::string>>& records, char type)
{
    std::string content;
    for (const auto& [key, value] : records)
        content += archive::make_pax_record(key, value);
    return pax_block(content, type);
}

RawTar& RawTar::pax_block(std::string_view content, char type)
{
    return add({.name = "PaxHeaders/x", .type = type}, content);
}

RawTar& RawTar::long_name(std::string_view name)
{
    return add({.name = "././@LongLink", .type = 'L', .magic = "ustar  "}, std::string{name} + '\0');
}

RawTar& RawTar::long_link(std::string_view name)
{
    return add({.name = "././@LongLink", .type = 'K', .magic = "ustar  "}, std::string{name} + '\0');
}

RawTar& RawTar::bytes(std::string_view raw)
{
    bytes_ += raw;
    return *this;
}

std::string RawTar::finish() const { return bytes_ + std::string(2 * block, '\0'); }

std::string stored_gzip(std::string_view content)
{
    std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    std::string_view rest = content;
    do {
        const std::string_view piece = rest.substr(0, 0xffff);
        rest.remove_prefix(piece.size());
        bytes += static_cast<char>(rest.empty() ? 1 : 0);
        bytes += little_endian(static_cast<std::uint32_t>(piece.size()), 2);
        bytes += little_endian(~static_cast<std::uint32_t>(piece.size()), 2);
        bytes += piece;
    } while (!rest.empty());
    return bytes + little_endian(crc32(content), 4) + little_endian(static_cast<std::uint32_t>(content.size()), 4);
}

} // namespace skiff::test
