// bzip2 and xz: what users have archives in, and registries have no layers in.

#include "archive/decoder.hpp"
#include "base/error.hpp"
#include "base/lazy_library.hpp"

#include <algorithm>
#include <bzlib.h>
#include <lzma.h>

namespace skiff::archive {
namespace {

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

constexpr std::uint64_t max_xz_memory = 128U << 20U; // xz -9 takes 65 MiB; more is an attack on memory (M-77)

struct Lzma
{
    LazyLibrary library{"liblzma.so.5", "install the package liblzma5"};
    decltype(lzma_stream_decoder)* open = library.function<decltype(lzma_stream_decoder)>("lzma_stream_decoder");
    decltype(lzma_code)* code = library.function<decltype(lzma_code)>("lzma_code");
    decltype(lzma_end)* end = library.function<decltype(lzma_end)>("lzma_end");
};

const Lzma& lzma()
{
    static const Lzma loaded;
    return loaded;
}

struct Bzip2
{
    LazyLibrary library{"libbz2.so.1.0", "install the package libbz2-1.0"};
    decltype(BZ2_bzDecompressInit)* open = library.function<decltype(BZ2_bzDecompressInit)>("BZ2_bzDecompressInit");
    decltype(BZ2_bzDecompress)* step = library.function<decltype(BZ2_bzDecompress)>("BZ2_bzDecompress");
    decltype(BZ2_bzDecompressEnd)* end = library.function<decltype(BZ2_bzDecompressEnd)>("BZ2_bzDecompressEnd");
};

const Bzip2& bzip2()
{
    static const Bzip2 loaded;
    return loaded;
}

/// One stream after the other, as `xz -dc` reads them.
class XzDecoder final : public DecompressingSource::Decoder
{
  public:
    ~XzDecoder() override { lzma().end(&stream_); }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        if (!in_stream_) {
            // Between streams, zeros in fours are allowed.
            const std::size_t padding = streams_ > 0 ? std::min(input.find_first_not_of('\0'), input.size()) : 0;
            if (padding > 0 || input.empty())
                return {padding, 0};
            if (lzma().open(&stream_, max_xz_memory, 0) != LZMA_OK)
                throw Error{ENOMEM, "xz"};
            in_stream_ = true;
        }
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
        stream_.avail_in = input.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(into);
        stream_.avail_out = room;
        switch (lzma().code(&stream_, LZMA_RUN)) {
        case LZMA_OK:
        case LZMA_BUF_ERROR: // no progress: the caller sees that
            break;
        case LZMA_STREAM_END:
            in_stream_ = false;
            ++streams_;
            break;
        case LZMA_MEMLIMIT_ERROR:
            refuse("xz: it needs more memory than is sound");
        case LZMA_MEM_ERROR:
            throw Error{ENOMEM, "xz"};
        default:
            refuse(streams_ > 0 && stream_.total_out == 0 ? "xz: garbage behind the end" : "xz: corrupt data");
        }
        return {input.size() - stream_.avail_in, room - stream_.avail_out};
    }

    [[nodiscard]] bool at_boundary() const override { return !in_stream_ && streams_ > 0; }

  private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool in_stream_ = false;
    std::uint64_t streams_ = 0;
};

class Bzip2Decoder final : public DecompressingSource::Decoder
{
  public:
    ~Bzip2Decoder() override
    {
        if (in_stream_)
            bzip2().end(&stream_);
    }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        if (!in_stream_) {
            if (input.empty())
                return {0, 0};
            stream_ = {};
            if (bzip2().open(&stream_, 0, 0) != BZ_OK)
                throw Error{ENOMEM, "bzip2"};
            in_stream_ = true;
        }
        stream_.next_in = const_cast<char*>(input.data()); // NOLINT: the library does not write
        stream_.avail_in = static_cast<unsigned>(input.size());
        stream_.next_out = into;
        const auto given = static_cast<unsigned>(std::min<std::size_t>(room, 1U << 30U));
        stream_.avail_out = given;
        const int outcome = bzip2().step(&stream_);
        const Step done{input.size() - stream_.avail_in, given - stream_.avail_out};
        if (outcome == BZ_STREAM_END) {
            bzip2().end(&stream_);
            in_stream_ = false;
            ++streams_;
        } else if (outcome == BZ_MEM_ERROR) {
            throw Error{ENOMEM, "bzip2"};
        } else if (outcome != BZ_OK) {
            refuse(outcome == BZ_DATA_ERROR_MAGIC && streams_ > 0 ? "bzip2: garbage behind the end" : "bzip2: corrupt data");
        }
        return done;
    }

    [[nodiscard]] bool at_boundary() const override { return !in_stream_ && streams_ > 0; }

  private:
    bz_stream stream_{};
    bool in_stream_ = false;
    std::uint64_t streams_ = 0;
};

} // namespace

std::unique_ptr<DecompressingSource::Decoder> make_xz_decoder() { return std::make_unique<XzDecoder>(); }
std::unique_ptr<DecompressingSource::Decoder> make_bzip2_decoder() { return std::make_unique<Bzip2Decoder>(); }

} // namespace skiff::archive
