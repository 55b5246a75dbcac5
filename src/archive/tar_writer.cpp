#include "archive/tar_writer.hpp"

#include "archive/pax.hpp"
#include "archive/tar_header.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace skiff::archive {
namespace {

constexpr std::size_t name_bytes = 100;
constexpr std::size_t prefix_bytes = 155;
constexpr std::uint64_t largest_size = (1ULL << 33U) - 1; // eleven octal digits
constexpr std::uint32_t largest_id = (1U << 21U) - 1;     // seven

bool is_ascii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
}

/// Where ustar cuts a long name into prefix and name: at a slash, which is not written.
std::optional<std::size_t> find_cut(std::string_view path)
{
    if (path.size() > prefix_bytes + 1 + name_bytes)
        return std::nullopt;
    const std::size_t slash = path.rfind('/', std::min(prefix_bytes, path.size() - 2));
    if (slash == std::string_view::npos || slash == 0 || path.size() - slash - 1 > name_bytes)
        return std::nullopt;
    return slash;
}

bool fits(std::string_view path) { return is_ascii(path) && (path.size() <= name_bytes || find_cut(path)); }

char type_letter(EntryType type)
{
    switch (type) {
    case EntryType::Regular:
        return '0';
    case EntryType::HardLink:
        return '1';
    case EntryType::Symlink:
        return '2';
    case EntryType::CharDevice:
        return '3';
    case EntryType::BlockDevice:
        return '4';
    case EntryType::Directory:
        return '5';
    case EntryType::Fifo:
        return '6';
    case EntryType::Other:
        break;
    }
    throw Error{ErrorKind::Failure, "writing an archive: an entry of no type"};
}

void put(std::array<char, tar_block>& block, std::size_t offset, std::size_t room, std::string_view text)
{
    std::copy_n(text.begin(), std::min(room, text.size()), block.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// `width` octal digits.
void put_octal(std::array<char, tar_block>& block, std::size_t offset, std::size_t width, std::uint64_t value)
{
    for (std::size_t i = width; i-- > 0; value >>= 3U)
        block.at(offset + i) = static_cast<char>('0' + (value & 7U));
}

std::uint64_t padding_of(std::uint64_t size) { return (tar_block - size % tar_block) % tar_block; }

std::uint64_t seconds_of(const EntryTime& time)
{
    return std::min<std::uint64_t>(time.seconds < 0 ? 0 : static_cast<std::uint64_t>(time.seconds), largest_size);
}

} // namespace

void TarWriter::put_block(std::string_view name, const TarEntry& entry, char type, std::uint64_t size,
                          std::string_view link)
{
    std::array<char, tar_block> block{};
    if (const auto cut = name.size() > name_bytes ? find_cut(name) : std::nullopt) {
        put(block, 345, prefix_bytes, name.substr(0, *cut));
        name.remove_prefix(*cut + 1);
    }
    put(block, 0, name_bytes, name);
    put_octal(block, 100, 7, entry.mode & 07777U);
    put_octal(block, 108, 7, entry.uid <= largest_id ? entry.uid : 0);
    put_octal(block, 116, 7, entry.gid <= largest_id ? entry.gid : 0);
    put_octal(block, 124, 11, size <= largest_size ? size : 0);
    put_octal(block, 136, 11, seconds_of(entry.modified));
    put(block, 148, 8, "        ");
    block[156] = type;
    put(block, 157, name_bytes, link);
    put(block, 257, 8,
        {"ustar\0"
         "00",
         8});
    put(block, 265, 31, entry.user_name);
    put(block, 297, 31, entry.group_name);
    put_octal(block, 329, 7, entry.device_major);
    put_octal(block, 337, 7, entry.device_minor);
    std::uint64_t sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    put_octal(block, 148, 6, sum);
    block[154] = '\0';
    sink_.write({block.data(), block.size()});
}

void TarWriter::finish_entry()
{
    if (missing_ != 0)
        throw Error{ErrorKind::Failure, cat("writing an archive: ", missing_, " bytes of content are missing")};
    constexpr std::array<char, tar_block> zeros{};
    sink_.write({zeros.data(), static_cast<std::size_t>(padding_)});
    padding_ = 0;
}

void TarWriter::add(const TarEntry& entry)
{
    finish_entry();
    std::string path = entry.path;
    if (entry.type == EntryType::Directory && !path.ends_with('/'))
        path += '/';
    const std::uint64_t size = entry.type == EntryType::Regular ? entry.size : 0;
    std::string records;
    const auto record = [&](std::string_view key, std::string_view value) { records += make_pax_record(key, value); };
    if (!fits(path))
        record("path", path);
    if (!is_ascii(entry.link_target) || entry.link_target.size() > name_bytes)
        record("linkpath", entry.link_target);
    if (size > largest_size)
        record("size", cat(size));
    if (entry.uid > largest_id)
        record("uid", cat(entry.uid));
    if (entry.gid > largest_id)
        record("gid", cat(entry.gid));
    for (const auto& [name, value] : entry.xattrs)
        record(cat("SCHILY.xattr.", name), value);
    // What the block holds then is for readers without PAX only.
    const std::string_view short_path =
        fits(path) ? std::string_view{path} : std::string_view{path}.substr(0, name_bytes);
    if (!records.empty()) {
        TarEntry header;
        header.mode = 0644;
        put_block("PaxHeaders.0/entry", header, 'x', records.size(), {});
        sink_.write(records);
        padding_ = padding_of(records.size());
        finish_entry();
    }
    put_block(short_path, entry, type_letter(entry.type), size, entry.link_target);
    missing_ = size;
    padding_ = padding_of(size);
}

void TarWriter::content(std::string_view bytes)
{
    if (bytes.size() > missing_)
        throw Error{ErrorKind::Failure, "writing an archive: more content than announced"};
    sink_.write(bytes);
    missing_ -= bytes.size();
}

void TarWriter::add_file(const TarEntry& entry, std::string_view bytes)
{
    add(entry);
    content(bytes);
}

void TarWriter::finish()
{
    finish_entry();
    constexpr std::array<char, 2 * tar_block> zeros{};
    sink_.write({zeros.data(), zeros.size()});
    sink_.finish();
}

} // namespace skiff::archive
