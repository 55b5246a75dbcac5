#include "archive/decoder.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <bzlib.h>
#include <lzma.h>

namespace skiff::archive {
namespace {

/// xz -9 takes 65 MiB; more than this is an attack on memory (as M-77).
constexpr std::uint64_t xz_memory = 160U << 20U;

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

struct Lzma
{
    LazyLibrary library{"liblzma.so.5", "install the package liblzma5"};
    decltype(lzma_stream_decoder)* start = library.function<decltype(lzma_stream_decoder)>("lzma_stream_decoder");
    decltype(lzma_code)* code = library.function<decltype(lzma_code)>("lzma_code");
    decltype(lzma_end)* end = library.function<decltype(lzma_end)>("lzma_end");
};

struct Bzip2
{
    LazyLibrary library{"libbz2.so.1.0", "install the package libbz2-1.0"};
    decltype(BZ2_bzDecompressInit)* start = library.function<decltype(BZ2_bzDecompressInit)>("BZ2_bzDecompressInit");
    decltype(BZ2_bzDecompress)* decompress = library.function<decltype(BZ2_bzDecompress)>("BZ2_bzDecompress");
    decltype(BZ2_bzDecompressEnd)* end = library.function<decltype(BZ2_bzDecompressEnd)>("BZ2_bzDecompressEnd");
};

const Lzma& lzma()
{
    static const Lzma loaded;
    return loaded;
}

const Bzip2& bzip2()
{
    static const Bzip2 loaded;
    return loaded;
}

class XzDecoder : public DecompressingSource::Decoder
{
  public:
    XzDecoder() { (void)lzma(); }
    ~XzDecoder() override { lzma().end(&stream_); }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        if (!in_stream_) {
            // Streams may be padded with zeros, in fours.
            if (streams_ > 0 && !input.empty() && input.front() == '\0')
                return {skip_padding(input), 0};
            if (padding_ % 4 != 0)
                refuse("xz: garbage behind the end");
            start();
        }
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
        stream_.avail_in = input.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(into);
        stream_.avail_out = room;
        switch (lzma().code(&stream_, LZMA_RUN)) {
        case LZMA_OK:
        case LZMA_BUF_ERROR: // nothing could be done with so little; the caller knows whether more comes
            break;
        case LZMA_STREAM_END:
            in_stream_ = false;
            ++streams_;
            break;
        case LZMA_FORMAT_ERROR:
            refuse(streams_ > 0 ? "xz: garbage behind the end" : "xz: corrupt data");
        case LZMA_MEMLIMIT_ERROR:
            refuse(cat("xz: needs more than ", xz_memory >> 20U, " MiB of memory"));
        case LZMA_MEM_ERROR:
            throw Error{ENOMEM, "xz"};
        default:
            refuse("xz: corrupt data");
        }
        return {input.size() - stream_.avail_in, room - stream_.avail_out};
    }

    [[nodiscard]] bool at_boundary() const override { return !in_stream_ && streams_ > 0 && padding_ % 4 == 0; }

  private:
    void start()
    {
        if (lzma().start(&stream_, xz_memory, LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
            throw Error{ENOMEM, "xz"};
        in_stream_ = true;
        padding_ = 0;
    }

    std::size_t skip_padding(std::string_view input)
    {
        const std::size_t zeros = std::min(input.find_first_not_of('\0'), input.size());
        padding_ += zeros;
        return zeros;
    }

    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool in_stream_ = false;
    std::uint64_t streams_ = 0;
    std::uint64_t padding_ = 0; ///< bytes since the last stream
};

class Bzip2Decoder : public DecompressingSource::Decoder
{
  public:
    Bzip2Decoder() { (void)bzip2(); }
    ~Bzip2Decoder() override { stop(); }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        if (!in_stream_)
            start();
        constexpr std::size_t most = 1U << 30U; // the library counts in unsigned int
        const auto offered = static_cast<unsigned>(std::min(input.size(), most));
        const auto wanted = static_cast<unsigned>(std::min(room, most));
        stream_.next_in = const_cast<char*>(input.data()); // NOLINT: the library does not write
        stream_.avail_in = offered;
        stream_.next_out = into;
        stream_.avail_out = wanted;
        switch (bzip2().decompress(&stream_)) {
        case BZ_OK:
            break;
        case BZ_STREAM_END:
            stop();
            ++streams_;
            break;
        case BZ_DATA_ERROR_MAGIC:
            refuse(streams_ > 0 ? "bzip2: garbage behind the end" : "bzip2: corrupt data");
        case BZ_MEM_ERROR:
            throw Error{ENOMEM, "bzip2"};
        default:
            refuse("bzip2: corrupt data");
        }
        return {offered - stream_.avail_in, wanted - stream_.avail_out};
    }

    [[nodiscard]] bool at_boundary() const override { return !in_stream_ && streams_ > 0; }

  private:
    void start()
    {
        stream_ = {};
        if (bzip2().start(&stream_, 0, 0) != BZ_OK)
            throw Error{ENOMEM, "bzip2"};
        in_stream_ = true;
    }

    void stop()
    {
        if (in_stream_)
            bzip2().end(&stream_);
        in_stream_ = false;
    }

    bz_stream stream_{};
    bool in_stream_ = false;
    std::uint64_t streams_ = 0;
};

} // namespace

std::unique_ptr<DecompressingSource::Decoder> make_xz_decoder() { return std::make_unique<XzDecoder>(); }
std::unique_ptr<DecompressingSource::Decoder> make_bzip2_decoder() { return std::make_unique<Bzip2Decoder>(); }

void try_preload_rare_decoders()
{
    try {
        (void)lzma();
        (void)bzip2();
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored until a stream needs it"));
    }
}

} // namespace skiff::archive
