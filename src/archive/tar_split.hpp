#pragma once

#include "archive/compression.hpp"
#include "archive/stream.hpp"
#include "archive/tar_entry.hpp"
#include "archive/tar_reader.hpp"

#include <string>
#include <string_view>

/// The part of a layer's tar stream that is not in its directory on disk: headers, padding, and which file's content
/// goes where. With it the stream can be made again byte for byte, so that the layer keeps its digest through save and
/// push without a second copy of everything.
///
/// The file is one zstd stream: a line "skiff tar split 1\n", then records. Numbers are LEB128.
///
///     1 SIZE BYTES                            these bytes
///     2 PATH SIZE                             the content of this file
///     3 PATH COUNT (OFFSET LENGTH)*           these pieces of it (sparse files)
///     4 PATH SIZE BYTES                       the content that PATH had up to here: a later entry replaced the file
///     0 SIZE                                  the end; so many bytes in all
///
/// PATH is SIZE BYTES, relative to the layer's directory, without links on the way.
namespace skiff::archive {

class TarSplitWriter : public RawBytes
{
  public:
    /// Writes to `fd`, which is borrowed.
    explicit TarSplitWriter(int fd);
    void raw(std::string_view bytes) override;
    void file(std::string_view path, std::uint64_t size);
    void pieces(std::string_view path, const std::vector<SparsePiece>& pieces);
    /// Keeps the content of a regular file that is about to be removed.
    void replaced(std::string_view path, int fd);
    void finish();

  private:
    void put_number(std::uint64_t number);
    void put_text(std::string_view text);
    void flush_raw();
    void flush(std::size_t above);

    FdSink file_;
    ZstdSink compressed_;
    std::string pending_raw_;
    std::string out_;
    std::uint64_t stream_bytes_ = 0;
};

/// Writes the tar stream that the layer was unpacked from. `tar_split` and `diff` are borrowed; reading starts at the
/// beginning of the file. Throws when a file is missing or has another size: the layer on disk is damaged.
void rebuild_tar(int tar_split, int diff, ByteSink& sink);

/// The size in bytes of what rebuild_tar would write. Reads the whole tar split, none of the files.
std::uint64_t measure_tar(int tar_split);

} // namespace skiff::archive
