#pragma once

#include "archive/stream.hpp"
#include "archive/tar_entry.hpp"
#include "archive/tar_header.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace skiff::archive {

/// Bounds on what one archive may ask for (security.md R41, R43).
struct TarLimits
{
    std::uint64_t entries = 10'000'000;
    std::size_t meta_bytes = 1U << 20U;    ///< one PAX header or long name
    std::size_t meta_in_a_row = 16;        ///< PAX headers and long names before one entry (M-48)
    std::size_t xattr_bytes = 64U * 1024U; ///< one value
    std::size_t sparse_pieces = 1'000'000;
};

/// Receives every byte of an archive that is not the content of a file that the reader's caller keeps: headers,
/// padding, content that was skipped, the rest behind the end. Together with the kept contents that is the whole
/// stream.
class RawBytes
{
  public:
    RawBytes() = default;
    RawBytes(const RawBytes&) = delete;
    RawBytes& operator=(const RawBytes&) = delete;
    virtual ~RawBytes() = default;
    virtual void raw(std::string_view bytes) = 0;
};

/// Reads the tar formats that occur in images: v7, ustar, GNU (long names, old sparse files) and PAX (sparse 0.0,
/// 0.1, 1.0). Its own parser and not libarchive's, because the raw headers are needed to make the same bytes again, and
/// because what is ambiguous must be refused and not guessed.
class TarReader
{
  public:
    explicit TarReader(ChunkSource& source, RawBytes* raw = nullptr, const TarLimits& limits = {});
    ~TarReader();
    TarReader(const TarReader&) = delete;
    TarReader& operator=(const TarReader&) = delete;

    /// The next entry, valid until the next call; content that was not read is skipped. nullptr at the end; then the
    /// source has been read to its end, too.
    const TarEntry* next();
    /// The next piece of the entry's content as the archive stores it (of a sparse file: its pieces one after another);
    /// empty at its end. Valid until the next call of anything.
    std::string_view read();
    /// False when the archive stopped without the two blocks that mark its end.
    [[nodiscard]] bool ended_properly() const { return ended_properly_; }
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

  private:
    struct Extensions; // what came in front of an entry
    [[noreturn]] void refuse(std::string_view why) const;
    bool fill();
    std::string_view find_block();
    std::string read_meta(std::uint64_t size);
    void read_extension(const TarHeader& header, Extensions& extensions);
    void begin_entry(TarHeader header, Extensions extensions, const std::string& block);
    void begin_sparse(Extensions& extensions);
    void read_old_sparse_map(std::string_view block);
    void read_sparse_map();
    void check_sparse();
    void skip(std::uint64_t size);
    void skip_rest();
    void put_raw(std::string_view bytes);

    ChunkSource& source_;
    RawBytes* raw_;
    TarLimits limits_;
    std::string_view chunk_;
    std::string straddling_;         ///< a block that began in the chunk before
    std::uint64_t stored_left_ = 0;  ///< content bytes of the entry that the source still has
    std::uint64_t padding_left_ = 0; ///< behind them, to the end of the block
    TarEntry entry_;
    std::uint64_t entries_ = 0;
    bool anything_read_ = false;
    bool ended_ = false;
    bool ended_properly_ = false;
};

} // namespace skiff::archive
