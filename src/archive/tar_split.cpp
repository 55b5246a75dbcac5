#include "archive/tar_split.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sys/mman.h>

namespace skiff::archive {
namespace {

constexpr std::string_view magic = "skiff tar split 1\n";
constexpr std::size_t flush_bytes = 128U * 1024U;
constexpr std::size_t max_path = 64U * 1024U; // of ours: 256 components of 255 bytes
constexpr int level = 3;

enum Record : std::uint8_t
{
    End = 0,
    Raw = 1,
    File = 2,
    Pieces = 3,
    Replaced = 4
};

[[noreturn]] void damaged(std::string_view what)
{
    throw Error{ErrorKind::Failure, cat("the layer is damaged: ", what)};
}

} // namespace

TarSplitWriter::TarSplitWriter(int fd) : file_{fd}, compressed_{file_, level} { out_ = magic; }

void TarSplitWriter::put_number(std::uint64_t number)
{
    while (number >= 0x80) {
        out_ += static_cast<char>((number & 0x7fU) | 0x80U);
        number >>= 7U;
    }
    out_ += static_cast<char>(number);
}

void TarSplitWriter::put_text(std::string_view text)
{
    put_number(text.size());
    out_ += text;
}

void TarSplitWriter::flush(std::size_t above)
{
    if (out_.size() <= above)
        return;
    compressed_.write(out_);
    out_.clear();
}

void TarSplitWriter::flush_raw()
{
    if (pending_raw_.empty())
        return;
    out_ += static_cast<char>(Record::Raw);
    put_text(pending_raw_);
    pending_raw_.clear();
    flush(flush_bytes);
}

void TarSplitWriter::raw(std::string_view bytes)
{
    stream_bytes_ += bytes.size();
    pending_raw_ += bytes;
    if (pending_raw_.size() > flush_bytes)
        flush_raw();
}

void TarSplitWriter::file(std::string_view path, std::uint64_t size)
{
    flush_raw();
    stream_bytes_ += size;
    out_ += static_cast<char>(Record::File);
    put_text(path);
    put_number(size);
}

void TarSplitWriter::pieces(std::string_view path, const std::vector<SparsePiece>& pieces)
{
    flush_raw();
    out_ += static_cast<char>(Record::Pieces);
    put_text(path);
    put_number(pieces.size());
    for (const SparsePiece& piece : pieces) {
        put_number(piece.offset);
        put_number(piece.length);
        stream_bytes_ += piece.length;
    }
}

void TarSplitWriter::replaced(std::string_view path, int fd)
{
    flush_raw();
    struct stat status
    {
    };
    if (::fstat(fd, &status) != 0)
        throw Error{errno, cat("looking at ", quoted(path))};
    auto left = static_cast<std::uint64_t>(status.st_size);
    out_ += static_cast<char>(Record::Replaced);
    put_text(path);
    put_number(left);
    flush(0);
    std::string buffer(256U * 1024U, '\0');
    while (left > 0) {
        const ssize_t got = ::read(fd, buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
        if (got <= 0)
            throw Error{got < 0 ? errno : EIO, cat("reading ", quoted(path))};
        compressed_.write({buffer.data(), static_cast<std::size_t>(got)});
        left -= static_cast<std::uint64_t>(got);
    }
}

void TarSplitWriter::finish()
{
    flush_raw();
    out_ += static_cast<char>(Record::End);
    put_number(stream_bytes_);
    flush(0);
    compressed_.finish();
}

namespace {

/// Reads records one after another.
class RecordReader
{
  public:
    explicit RecordReader(int fd)
        : file_{rewound(fd)}, plain_{file_, {.ratio = 1, .plus = UINT64_MAX / 2, .silent = UINT64_MAX}}
    {
        if (text(magic.size()) != magic)
            damaged("its tar split has an unknown format");
    }

    char byte()
    {
        if (at_ == end_)
            fill();
        return buffer_[at_++];
    }
    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto next = static_cast<unsigned char>(byte());
            value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
            if ((next & 0x80U) == 0)
                return value;
        }
        damaged("its tar split is corrupt");
    }
    std::string text(std::uint64_t size)
    {
        std::string result;
        copy(size, [&](std::string_view piece) { result += piece; });
        return result;
    }
    std::string path()
    {
        const std::uint64_t size = number();
        if (size > max_path)
            damaged("its tar split is corrupt");
        return text(size);
    }
    template <typename Take>
    void copy(std::uint64_t size, Take take)
    {
        while (size > 0) {
            if (at_ == end_)
                fill();
            const std::size_t piece = std::min<std::uint64_t>(size, end_ - at_);
            take(std::string_view{buffer_.data() + at_, piece});
            at_ += piece;
            size -= piece;
        }
    }

  private:
    static int rewound(int fd)
    {
        if (::lseek(fd, 0, SEEK_SET) < 0)
            throw Error{errno, "reading a layer's tar split"};
        return fd;
    }
    void fill()
    {
        at_ = 0;
        end_ = plain_.read(buffer_.data(), buffer_.size());
        if (end_ == 0)
            damaged("its tar split is too short");
    }
    FdSource file_;
    DecompressingSource plain_;
    std::vector<char> buffer_ = std::vector<char>(256U * 1024U);
    std::size_t at_ = 0;
    std::size_t end_ = 0;
};

/// Contents that a later entry replaced. They come behind the place where they are needed, so they are collected first.
class ReplacedContents
{
  public:
    explicit ReplacedContents(int tar_split)
    {
        RecordReader reader{tar_split};
        for (std::uint64_t index = 0;; ++index) {
            const char record = reader.byte();
            if (record == Record::End)
                return;
            if (record == Record::Raw) {
                reader.copy(reader.number(), [](std::string_view) {});
                continue;
            }
            std::string path = reader.path();
            if (record == Record::File) {
                (void)reader.number();
            } else if (record == Record::Pieces) {
                for (std::uint64_t count = reader.number(); count > 0; --count) {
                    (void)reader.number();
                    (void)reader.number();
                }
            } else if (record == Record::Replaced) {
                add(index, std::move(path), reader);
            } else {
                damaged("its tar split is corrupt");
            }
        }
    }

    /// Where the content is that `path` had at record `index`; nothing when the file in the directory is the one.
    struct Place
    {
        std::uint64_t until; ///< the record that replaced it
        off_t offset;
        std::uint64_t size;
    };
    [[nodiscard]] std::optional<Place> find(const std::string& path, std::uint64_t index) const
    {
        const auto found = places_.find(path);
        if (found == places_.end())
            return std::nullopt;
        for (const Place& place : found->second)
            if (place.until > index)
                return place;
        return std::nullopt;
    }
    [[nodiscard]] int fd() const { return spill_.get(); }

  private:
    void add(std::uint64_t index, std::string path, RecordReader& reader)
    {
        if (!spill_) {
            spill_.reset(::memfd_create("skiff-replaced", MFD_CLOEXEC));
            if (!spill_)
                throw Error{errno, "making a temporary file"};
        }
        const std::uint64_t size = reader.number();
        places_[std::move(path)].push_back({index, end_, size});
        reader.copy(size, [&](std::string_view piece) { write_all(spill_.get(), piece, "a temporary file"); });
        end_ += static_cast<off_t>(size);
    }

    std::map<std::string, std::vector<Place>> places_;
    UniqueFd spill_;
    off_t end_ = 0;
};

void copy_range(int fd, off_t offset, std::uint64_t size, ByteSink& sink, std::vector<char>& buffer,
                const std::string& path)
{
    while (size > 0) {
        const ssize_t got = ::pread(fd, buffer.data(), std::min<std::uint64_t>(buffer.size(), size), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("reading ", quoted(path))};
        if (got == 0)
            damaged(cat(quoted(path), " is too short"));
        sink.write({buffer.data(), static_cast<std::size_t>(got)});
        offset += got;
        size -= static_cast<std::uint64_t>(got);
    }
}

} // namespace

void rebuild_tar(int tar_split, int diff, ByteSink& sink)
{
    const ReplacedContents replaced{tar_split};
    RecordReader reader{tar_split};
    std::vector<char> buffer(256U * 1024U);
    std::uint64_t written = 0;
    const auto copy_file = [&](const std::string& path, std::uint64_t index, const std::vector<SparsePiece>& pieces) {
        const auto place = replaced.find(path, index);
        UniqueFd own;
        if (!place)
            own = beneath(diff, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, Follow::Beneath);
        const int fd = place ? replaced.fd() : own.get();
        for (const SparsePiece& piece : pieces) {
            copy_range(fd, (place ? place->offset : 0) + static_cast<off_t>(piece.offset), piece.length, sink, buffer,
                       path);
            written += piece.length;
        }
    };
    for (std::uint64_t index = 0;; ++index) {
        switch (reader.byte()) {
        case Record::End:
            if (reader.number() != written)
                damaged("its tar split is corrupt");
            sink.finish();
            return;
        case Record::Raw:
            reader.copy(reader.number(), [&](std::string_view piece) {
                sink.write(piece);
                written += piece.size();
            });
            break;
        case Record::File: {
            const std::string path = reader.path();
            copy_file(path, index, {{0, reader.number()}});
            break;
        }
        case Record::Pieces: {
            const std::string path = reader.path();
            std::vector<SparsePiece> pieces;
            for (std::uint64_t count = reader.number(); count > 0; --count) {
                const std::uint64_t offset = reader.number();
                pieces.push_back({offset, reader.number()});
            }
            copy_file(path, index, pieces);
            break;
        }
        case Record::Replaced:
            (void)reader.path();
            reader.copy(reader.number(), [](std::string_view) {});
            break;
        default:
            damaged("its tar split is corrupt");
        }
    }
}

std::uint64_t measure_tar(int tar_split)
{
    RecordReader reader{tar_split};
    for (;;) {
        switch (reader.byte()) {
        case Record::End:
            return reader.number();
        case Record::Raw:
            reader.copy(reader.number(), [](std::string_view) {});
            break;
        case Record::File:
            (void)reader.path();
            (void)reader.number();
            break;
        case Record::Pieces:
            (void)reader.path();
            for (std::uint64_t count = reader.number(); count > 0; --count) {
                (void)reader.number();
                (void)reader.number();
            }
            break;
        case Record::Replaced:
            (void)reader.path();
            reader.copy(reader.number(), [](std::string_view) {});
            break;
        default:
            damaged("its tar split is corrupt");
        }
    }
}

} // namespace skiff::archive
