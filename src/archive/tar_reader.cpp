#include "archive/tar_reader.hpp"

#include "archive/pax.hpp"
#include "base/error.hpp"

#include <algorithm>

namespace skiff::archive {
namespace {

constexpr std::int64_t highest_id = 4'294'967'294;
constexpr std::uint64_t largest_octal_size = (1ULL << 33U) - 1; // eleven digits

std::uint64_t padding_of(std::uint64_t size) { return (tar_block - size % tar_block) % tar_block; }

std::optional<EntryType> type_of(char type, std::string_view path)
{
    switch (type) {
    case '\0': // v7: directories have a slash at the end
        return path.ends_with('/') ? EntryType::Directory : EntryType::Regular;
    case '0':
    case '7': // contiguous
    case 'S': // GNU, sparse
        return EntryType::Regular;
    case '1':
        return EntryType::HardLink;
    case '2':
        return EntryType::Symlink;
    case '3':
        return EntryType::CharDevice;
    case '4':
        return EntryType::BlockDevice;
    case '5':
    case 'D': // GNU, incremental: a directory with the names in it as content
        return EntryType::Directory;
    case '6':
        return EntryType::Fifo;
    case 'V': // volume label
    case 'M': // continued from another volume
    case 'N': // old GNU long names
    case 's': // socket
        return EntryType::Other;
    default:
        return std::nullopt;
    }
}

/// Go's reader, and with it every builder of images, takes the content of these types to be absent whatever size says.
bool is_header_only(char type) { return type >= '1' && type <= '6'; }

} // namespace

struct TarReader::Extensions
{
    std::size_t count = 0;
    PaxRecords pax;
    std::optional<std::string> long_name;
    std::optional<std::string> long_link;
};

TarReader::TarReader(ChunkSource& source, RawBytes* raw, const TarLimits& limits)
    : source_{source}, raw_{raw}, limits_{limits}
{
}

TarReader::~TarReader() = default;

void TarReader::refuse(std::string_view why) const
{
    throw Error{ErrorKind::Failure,
                entry_.path.empty() ? std::string{why} : cat("entry ", quoted(entry_.path), ": ", why)};
}

void TarReader::put_raw(std::string_view bytes)
{
    if (raw_ != nullptr)
        raw_->raw(bytes);
}

/// False at the end of the source.
bool TarReader::fill()
{
    if (chunk_.empty())
        chunk_ = source_.next();
    anything_read_ = anything_read_ || !chunk_.empty();
    return !chunk_.empty();
}

/// The next block, valid until the source is asked again; empty at the end of the source.
std::string_view TarReader::find_block()
{
    if (!fill())
        return {};
    std::string_view block = chunk_.substr(0, tar_block);
    chunk_.remove_prefix(block.size());
    if (block.size() < tar_block) {
        straddling_ = block;
        while (straddling_.size() < tar_block) {
            if (!fill())
                refuse("unexpected end of the archive");
            const std::string_view more = chunk_.substr(0, tar_block - straddling_.size());
            straddling_ += more;
            chunk_.remove_prefix(more.size());
        }
        block = straddling_;
    }
    put_raw(block);
    return block;
}

/// The content of a header that only describes: PAX records or a long name.
std::string TarReader::read_meta(std::uint64_t size)
{
    if (size > limits_.meta_bytes)
        refuse(cat("a header extension has more than ", limits_.meta_bytes, " bytes"));
    std::string content;
    while (content.size() < size) {
        const std::string_view block = find_block();
        if (block.empty())
            refuse("unexpected end of the archive");
        content += block.substr(0, size - content.size());
    }
    return content;
}

void TarReader::skip(std::uint64_t size)
{
    while (size > 0) {
        if (!fill())
            refuse("unexpected end of the archive");
        const std::string_view part = chunk_.substr(0, size);
        put_raw(part);
        chunk_.remove_prefix(part.size());
        size -= part.size();
    }
}

void TarReader::skip_rest()
{
    while (fill()) {
        put_raw(chunk_);
        chunk_ = {};
    }
}

const TarEntry* TarReader::next()
{
    if (ended_)
        return nullptr;
    skip(stored_left_);
    skip(padding_left_);
    stored_left_ = 0;
    padding_left_ = 0;
    entry_ = {};
    Extensions extensions;
    while (true) {
        const std::string_view block = find_block();
        if (block.empty() || is_zero_block(block)) {
            if (extensions.count > 0)
                refuse("unexpected end of the archive");
            ended_ = true;
            // Nothing at all is an archive, too; writers exist that put one block of zeros only.
            ended_properly_ = !block.empty() || !anything_read_;
            if (!block.empty()) {
                const std::string_view second = find_block();
                if (!second.empty() && !is_zero_block(second))
                    refuse("invalid tar header: a block of zeros in the middle of the archive");
            }
            skip_rest(); // what stands behind the end is ignored, but it is part of the digest
            return nullptr;
        }
        TarHeader header = parse_tar_header(block);
        if (std::string_view{"xgLK"}.find(header.type) != std::string_view::npos) {
            read_extension(header, extensions);
            continue;
        }
        const bool map_follows = header.type == 'S';
        begin_entry(std::move(header), std::move(extensions), map_follows ? std::string{block} : std::string{});
        return &entry_;
    }
}

void TarReader::read_extension(const TarHeader& header, Extensions& extensions)
{
    if (++extensions.count > limits_.meta_in_a_row)
        refuse("too many header extensions in a row");
    const std::string content = read_meta(header.size);
    const std::string text = content.substr(0, content.find('\0'));
    switch (header.type) {
    case 'x':
        extensions.pax = parse_pax(content, limits_.xattr_bytes, limits_.sparse_pieces);
        break;
    case 'g':
        check_global_pax(content);
        break;
    case 'L':
        extensions.long_name = text;
        break;
    default:
        extensions.long_link = text;
    }
}

void TarReader::begin_entry(TarHeader header, Extensions extensions, const std::string& block)
{
    if (++entries_ > limits_.entries)
        refuse(cat("more than ", limits_.entries, " entries"));
    PaxRecords& pax = extensions.pax;
    // PAX before GNU before the block itself.
    if (extensions.long_name)
        header.path = std::move(*extensions.long_name);
    if (extensions.long_link)
        header.link_target = std::move(*extensions.long_link);
    entry_.path = pax.path ? std::move(*pax.path) : std::move(header.path);
    if (pax.sparse_name)
        entry_.path = std::move(*pax.sparse_name);
    entry_.link_target = pax.link_target ? std::move(*pax.link_target) : std::move(header.link_target);

    const std::optional<EntryType> type = type_of(header.type, entry_.path);
    if (!type)
        refuse(cat("unknown type ", quoted(std::string_view{&header.type, 1})));
    entry_.type = *type;
    entry_.mode = header.mode;
    const auto id = [&](std::int64_t plain, std::optional<std::uint32_t> replaced, const char* what) {
        if (replaced)
            return *replaced;
        if (plain < 0 || plain > highest_id)
            refuse(cat(what, " ", plain, " is out of range"));
        return static_cast<std::uint32_t>(plain);
    };
    entry_.uid = id(header.uid, pax.uid, "uid");
    entry_.gid = id(header.gid, pax.gid, "gid");
    entry_.user_name = pax.user_name ? std::move(*pax.user_name) : std::move(header.user_name);
    entry_.group_name = pax.group_name ? std::move(*pax.group_name) : std::move(header.group_name);
    entry_.modified = pax.modified.value_or(EntryTime{header.modified_s, 0});
    entry_.device_major = header.device_major;
    entry_.device_minor = header.device_minor;
    entry_.xattrs = std::move(pax.xattrs);

    std::uint64_t stored = header.size;
    if (pax.size) {
        // Two sizes are one archive for us and another one for somebody else (M-50), unless the block could not hold
        // it.
        if (header.size != 0 && header.size != *pax.size && *pax.size <= largest_octal_size)
            refuse("the PAX header and the tar header disagree about the size");
        stored = *pax.size;
    }
    if (is_header_only(header.type))
        stored = 0;
    stored_left_ = stored;
    padding_left_ = padding_of(stored);
    entry_.size = stored;
    if (header.type == 'S')
        read_old_sparse_map(block);
    else if (pax.sparse && entry_.type == EntryType::Regular)
        begin_sparse(extensions);
}

std::string_view TarReader::read()
{
    if (stored_left_ == 0)
        return {};
    if (!fill())
        refuse("unexpected end of the archive");
    const std::string_view part = chunk_.substr(0, stored_left_);
    chunk_.remove_prefix(part.size());
    stored_left_ -= part.size();
    return part;
}

// Sparse files. Source: GNU tar's manual, "Storing Sparse Files".

void TarReader::begin_sparse(Extensions& extensions)
{
    PaxRecords& pax = extensions.pax;
    if (!pax.sparse_size)
        refuse("a sparse file without its size");
    entry_.sparse = true;
    entry_.size = *pax.sparse_size;
    if (pax.sparse_major == "1" && pax.sparse_minor == "0")
        read_sparse_map();
    else if (pax.sparse_major.empty() || (pax.sparse_major == "0" && pax.sparse_minor <= "1"))
        entry_.pieces = std::move(pax.sparse_pieces);
    else
        refuse("an unknown version of sparse files");
    check_sparse();
}

/// Version 1.0: decimal numbers on lines of their own in front of the content, filled up to whole blocks.
void TarReader::read_sparse_map()
{
    constexpr std::size_t longest_line = 24;
    std::string text;
    std::size_t at = 0;
    const auto number = [&] {
        while (true) {
            const std::size_t end = text.find('\n', at);
            if (end != std::string::npos) {
                const std::uint64_t value =
                    parse_decimal(std::string_view{text}.substr(at, end - at), "GNU.sparse map");
                at = end + 1;
                return value;
            }
            if (text.size() - at > longest_line || stored_left_ < tar_block)
                refuse("a sparse file's map is incomplete");
            text.erase(0, at);
            at = 0;
            const std::string_view block = find_block();
            if (block.empty())
                refuse("unexpected end of the archive");
            text += block;
            stored_left_ -= tar_block;
        }
    };
    const std::uint64_t count = number();
    if (count > limits_.sparse_pieces)
        refuse("a sparse file has too many pieces");
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t offset = number();
        entry_.pieces.push_back({offset, number()});
    }
}

/// GNU's own format: four pieces in the header, 21 in each block that follows it.
void TarReader::read_old_sparse_map(std::string_view block)
{
    constexpr std::size_t in_header = 386;
    constexpr std::size_t real_size = 483;
    const auto read_pieces = [&](std::string_view from, std::size_t offset, int count) {
        for (int i = 0; i < count; ++i, offset += 24) {
            if (from[offset] == '\0')
                return;
            if (entry_.pieces.size() == limits_.sparse_pieces)
                refuse("a sparse file has too many pieces");
            const std::int64_t start = parse_tar_number(from.substr(offset, 12), "sparse offset");
            const std::int64_t length = parse_tar_number(from.substr(offset + 12, 12), "sparse size");
            if (start < 0 || length < 0)
                refuse("a sparse file's map is wrong");
            entry_.pieces.push_back({static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(length)});
        }
    };
    entry_.sparse = true;
    const std::int64_t size = parse_tar_number(block.substr(real_size, 12), "real size");
    if (size < 0)
        refuse("a sparse file's size is negative");
    entry_.size = static_cast<std::uint64_t>(size);
    read_pieces(block, in_header, 4);
    bool more = block[482] != '\0';
    while (more) {
        const std::string_view next_block = find_block();
        if (next_block.empty())
            refuse("unexpected end of the archive");
        read_pieces(next_block, 0, 21);
        more = next_block[504] != '\0';
    }
    check_sparse();
}

/// Ascending, apart, inside the file, and together exactly what the archive stores (M-35 to M-37).
void TarReader::check_sparse()
{
    std::uint64_t end = 0;
    std::uint64_t total = 0;
    for (const SparsePiece& piece : entry_.pieces) {
        if (piece.offset < end || piece.offset > entry_.size || piece.length > entry_.size - piece.offset)
            refuse("a sparse file's map is wrong");
        end = piece.offset + piece.length;
        total += piece.length;
    }
    if (total != stored_left_)
        refuse("a sparse file's map does not fit its content");
}

} // namespace skiff::archive
