#include "archive/pax.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::archive {
namespace {

constexpr std::string_view xattr_prefix = "SCHILY.xattr.";
constexpr std::uint32_t highest_id = 4'294'967'294U; // -1 means "unchanged" to chown

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, cat("invalid PAX header: ", why)}; }

struct Record
{
    std::string_view key;
    std::string_view value;
};

/// Takes the first record off `block`.
Record take_record(std::string_view& block)
{
    const std::size_t space = block.substr(0, 21).find(' ');
    if (space == std::string_view::npos)
        refuse("a record has no length");
    const std::uint64_t length = parse_decimal(block.substr(0, space), "a record's length");
    if (length < space + 4 || length > block.size()) // "N k=\n"
        refuse("a record's length is wrong");
    std::string_view record = block.substr(space + 1, length - space - 1);
    if (record.back() != '\n')
        refuse("a record's length is wrong");
    record.remove_suffix(1);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0)
        refuse("a record has no key");
    block.remove_prefix(length);
    return {record.substr(0, equals), record.substr(equals + 1)};
}

std::string text_without_nul(const Record& record)
{
    if (record.value.find('\0') != std::string_view::npos)
        refuse(cat(quoted(record.key), " contains a zero byte"));
    return std::string{record.value};
}

std::uint32_t parse_id(const Record& record)
{
    const std::uint64_t id = parse_decimal(record.value, record.key);
    if (id > highest_id)
        refuse(cat(quoted(record.key), " is out of range"));
    return static_cast<std::uint32_t>(id);
}

/// "[-]SECONDS[.FRACTION]"; what does not fit is clamped (M-42), what is no number is refused.
EntryTime parse_time(const Record& record)
{
    std::string_view text = record.value;
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    const auto is_digits = [](std::string_view digits) {
        return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string fraction{point == std::string_view::npos ? std::string_view{} : text.substr(point + 1)};
    if (whole.empty() || !is_digits(whole) || !is_digits(fraction))
        refuse(cat(quoted(record.key), " is no time"));
    EntryTime time;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), time.seconds).ec != std::errc{})
        time.seconds = INT64_MAX;
    fraction.resize(9, '0');
    std::from_chars(fraction.data(), fraction.data() + fraction.size(), time.nanoseconds);
    if (negative)
        return {-time.seconds, 0};
    return time;
}

void read_sparse_record(const Record& record, PaxRecords& records, std::size_t max_pieces)
{
    records.sparse = true;
    const std::string_view key = record.key.substr(std::string_view{"GNU.sparse."}.size());
    const auto add_piece = [&](std::string_view offset) {
        if (records.sparse_pieces.size() == max_pieces)
            refuse("a sparse file has too many pieces");
        records.sparse_pieces.push_back({parse_decimal(offset, record.key), 0});
    };
    if (key == "major")
        records.sparse_major = record.value;
    else if (key == "minor")
        records.sparse_minor = record.value;
    else if (key == "name")
        records.sparse_name = text_without_nul(record);
    else if (key == "realsize" || key == "size")
        records.sparse_size = parse_decimal(record.value, record.key);
    else if (key == "offset")
        add_piece(record.value);
    else if (key == "numbytes") {
        if (records.sparse_pieces.empty())
            refuse("a sparse file's map is incomplete");
        records.sparse_pieces.back().length = parse_decimal(record.value, record.key);
    } else if (key == "map") {
        records.sparse_pieces.clear();
        std::string_view rest = record.value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            if (comma == std::string_view::npos)
                refuse("a sparse file's map is incomplete");
            add_piece(rest.substr(0, comma));
            rest.remove_prefix(comma + 1);
            const std::size_t end = rest.find(',');
            records.sparse_pieces.back().length = parse_decimal(rest.substr(0, end), record.key);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
    }
}

} // namespace

std::uint64_t parse_decimal(std::string_view text, std::string_view what)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > INT64_MAX)
        refuse(cat(quoted(what), " is no valid number"));
    return value;
}

PaxRecords parse_pax(std::string_view block, std::size_t max_xattr_bytes, std::size_t max_pieces)
{
    PaxRecords records;
    while (!block.empty()) {
        const Record record = take_record(block);
        if (record.key.starts_with("GNU.sparse.")) {
            read_sparse_record(record, records, max_pieces);
        } else if (record.key.starts_with(xattr_prefix)) {
            if (record.value.size() > max_xattr_bytes)
                refuse(cat(quoted(record.key), " has more than ", max_xattr_bytes, " bytes"));
            records.xattrs.emplace_back(record.key.substr(xattr_prefix.size()), record.value);
        } else if (record.value.empty()) {
            continue; // takes an earlier record back; earlier headers of this entry do not count anyway
        } else if (record.key == "path") {
            records.path = text_without_nul(record);
        } else if (record.key == "linkpath") {
            records.link_target = text_without_nul(record);
        } else if (record.key == "size") {
            records.size = parse_decimal(record.value, record.key);
        } else if (record.key == "uid") {
            records.uid = parse_id(record);
        } else if (record.key == "gid") {
            records.gid = parse_id(record);
        } else if (record.key == "uname") {
            records.user_name = text_without_nul(record);
        } else if (record.key == "gname") {
            records.group_name = text_without_nul(record);
        } else if (record.key == "mtime") {
            records.modified = parse_time(record);
        }
    }
    return records;
}

void check_global_pax(std::string_view block)
{
    while (!block.empty()) {
        const Record record = take_record(block);
        if (record.key == "path" || record.key == "linkpath" || record.key == "size" ||
            record.key.starts_with("GNU.sparse."))
            refuse(cat("a global record sets ", quoted(record.key)));
    }
}

std::string make_pax_record(std::string_view key, std::string_view value)
{
    const std::size_t rest = key.size() + value.size() + 3; // " ", "=", "\n"
    std::size_t length = rest + 1;
    while (cat(length).size() + rest != length)
        ++length;
    return cat(length, " ", key, "=", value, "\n");
}

} // namespace skiff::archive
