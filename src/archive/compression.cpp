// Decompression, one level deep, with a budget.
//
// ISA-L's inflate is two to three times as fast as zlib's; zstd is linked in; xz and bzip2 are in rare_decoders.cpp. All are
// driven the same way: a decoder
// takes bytes from our input buffer and puts bytes into the caller's memory; the loop around it counts both and stops
// bombs (security.md R39, R41; M-71 to M-81).

#include "archive/decoder.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

namespace skiff::archive {
namespace {

constexpr std::size_t input_bytes = 256U * 1024U;
constexpr int max_window_log = 27; // 128 MiB, as the zstd program without --long; more is an attack on memory (M-77)

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

struct IsaL
{
    LazyLibrary library{"libisal.so.2", "install the package libisal2"};
    decltype(isal_inflate_init)* init = library.function<decltype(isal_inflate_init)>("isal_inflate_init");
    decltype(isal_inflate_reset)* reset = library.function<decltype(isal_inflate_reset)>("isal_inflate_reset");
    decltype(isal_inflate)* inflate = library.function<decltype(isal_inflate)>("isal_inflate");
};

const IsaL& isal()
{
    static const IsaL loaded;
    return loaded;
}

class GzipDecoder : public DecompressingSource::Decoder
{
  public:
    GzipDecoder() : state_{std::make_unique<inflate_state>()}
    {
        isal().init(state_.get());
        state_->crc_flag = ISAL_GZIP;
    }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        if (!in_member_) {
            isal().reset(state_.get());
            state_->crc_flag = ISAL_GZIP;
            in_member_ = true;
        }
        state_->next_in =
            reinterpret_cast<std::uint8_t*>(const_cast<char*>(input.data())); // NOLINT: ISA-L does not write
        state_->avail_in = static_cast<std::uint32_t>(input.size());
        state_->next_out = reinterpret_cast<std::uint8_t*>(into);
        state_->avail_out = static_cast<std::uint32_t>(std::min<std::size_t>(room, 1U << 30U));
        const std::uint32_t out_before = state_->avail_out;
        const int outcome = isal().inflate(state_.get());
        if (outcome == ISAL_INCORRECT_CHECKSUM)
            refuse("gzip: wrong check sum");
        if (outcome < 0)
            refuse(members_ > 0 && state_->total_out == 0 ? "gzip: garbage behind the end" : "gzip: corrupt data");
        if (outcome == ISAL_NEED_DICT)
            refuse("gzip: corrupt data");
        if (state_->block_state == ISAL_BLOCK_FINISH) {
            in_member_ = false;
            ++members_;
        }
        return {input.size() - state_->avail_in, out_before - state_->avail_out};
    }

    [[nodiscard]] bool at_boundary() const override { return !in_member_ && members_ > 0; }

  private:
    std::unique_ptr<inflate_state> state_; // 80 KiB
    bool in_member_ = false;
    std::uint64_t members_ = 0;
};

class ZstdDecoder : public DecompressingSource::Decoder
{
  public:
    ZstdDecoder() : context_{ZSTD_createDCtx()}
    {
        if (context_ == nullptr)
            throw Error{ENOMEM, "zstd"};
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, max_window_log);
    }
    ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }

    Step step(std::string_view input, char* into, std::size_t room) override
    {
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{into, room, 0};
        const std::size_t outcome = ZSTD_decompressStream(context_, &out, &in);
        if (ZSTD_isError(outcome) != 0U)
            refuse(cat("zstd: ", printable(ZSTD_getErrorName(outcome))));
        boundary_ = outcome == 0;
        return {in.pos, out.pos};
    }

    [[nodiscard]] bool at_boundary() const override { return boundary_; }

  private:
    ZSTD_DCtx* context_;
    bool boundary_ = false;
};

} // namespace

std::string_view to_string(Compression compression)
{
    constexpr std::array<std::string_view, 5> names{"none", "gzip", "zstd", "bzip2", "xz"};
    return names.at(static_cast<std::size_t>(compression));
}

Compression detect_compression(std::string_view first_bytes)
{
    using namespace std::string_view_literals;
    if (first_bytes.starts_with("\x1f\x8b"sv))
        return Compression::Gzip;
    if (first_bytes.starts_with("\x28\xb5\x2f\xfd"sv))
        return Compression::Zstd;
    // A skippable frame may come first.
    if (first_bytes.size() >= 4 && first_bytes.substr(1, 3) == "\x2a\x4d\x18"sv && (first_bytes[0] & 0xf0) == 0x50)
        return Compression::Zstd;
    if (first_bytes.starts_with("BZh"sv))
        return Compression::Bzip2;
    if (first_bytes.starts_with("\xfd"
                                "7zXZ\0"sv))
        return Compression::Xz;
    return Compression::None;
}

std::uint64_t inflation_budget(std::uint64_t compressed_size)
{
    constexpr std::uint64_t unknown = 64ULL << 30U;
    constexpr std::uint64_t largest = 1ULL << 50U;
    const InflationLimits limits;
    return compressed_size == 0 || compressed_size > largest ? unknown : compressed_size * limits.ratio + limits.plus;
}

DecompressingSource::DecompressingSource(ByteSource& compressed, const InflationLimits& limits)
    : compressed_{compressed}, limits_{limits}, input_(input_bytes)
{
    constexpr std::size_t magic_bytes = 6;
    while (end_ < magic_bytes && !input_ended_) {
        const std::size_t got = compressed_.read(input_.data() + end_, input_.size() - end_);
        end_ += got;
        input_ended_ = got == 0;
    }
    compression_ = detect_compression({input_.data(), end_});
    switch (compression_) {
    case Compression::None:
        break;
    case Compression::Gzip:
        decoder_ = std::make_unique<GzipDecoder>();
        break;
    case Compression::Zstd:
        decoder_ = std::make_unique<ZstdDecoder>();
        break;
    case Compression::Bzip2:
        decoder_ = make_bzip2_decoder();
        break;
    case Compression::Xz:
        decoder_ = make_xz_decoder();
        break;
    }
}

DecompressingSource::~DecompressingSource() = default;

std::size_t DecompressingSource::read(char* into, std::size_t room)
{
    if (room == 0)
        return 0;
    if (decoder_)
        return decode(into, room);
    if (begin_ < end_) {
        const std::size_t size = std::min(room, end_ - begin_);
        std::memcpy(into, input_.data() + begin_, size);
        begin_ += size;
        return size;
    }
    return compressed_.read(into, room);
}

std::size_t DecompressingSource::decode(char* into, std::size_t room)
{
    while (true) {
        if (begin_ == end_ && !input_ended_) {
            begin_ = 0;
            end_ = compressed_.read(input_.data(), input_.size());
            input_ended_ = end_ == 0;
        }
        if (begin_ == end_ && input_ended_ && decoder_->at_boundary())
            return 0;
        const auto [taken, given] = decoder_->step({input_.data() + begin_, end_ - begin_}, into, room);
        begin_ += taken;
        taken_ += taken;
        given_ += given;
        if (given_ > limits_.ratio * taken_ + limits_.plus)
            refuse(cat(to_string(compression_), ": decompression bomb: ", given_, " bytes out of ", taken_));
        if (given > 0) {
            silent_ = 0;
            return given;
        }
        silent_ += taken;
        if (silent_ > limits_.silent)
            refuse(cat(to_string(compression_), ": ", silent_, " bytes without content"));
        if (taken > 0 || decoder_->at_boundary())
            continue;
        if (input_ended_)
            refuse(cat(to_string(compression_), ": unexpected end of the stream"));
        if (begin_ < end_)
            refuse(cat(to_string(compression_), ": corrupt data")); // room and input, and still no progress
    }
}

void preload_decompression()
{
    try {
        (void)isal();
    } catch (const Error& error) { // layers may well be plain, or zstd's
        log::debug(cat(error.message(), "; ignored until a stream needs it"));
    }
    try_preload_rare_decoders();
}

namespace {
ZSTD_CCtx* zstd(void* context) { return static_cast<ZSTD_CCtx*>(context); }
} // namespace

ZstdSink::ZstdSink(ByteSink& inner, int level)
    : inner_{inner}, context_{reinterpret_cast<Context*>(ZSTD_createCCtx())}, output_(ZSTD_CStreamOutSize())
{
    if (context_ == nullptr)
        throw Error{ENOMEM, "zstd"};
    ZSTD_CCtx_setParameter(zstd(context_), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(zstd(context_), ZSTD_c_checksumFlag, 1);
}

ZstdSink::~ZstdSink() { ZSTD_freeCCtx(zstd(context_)); }

void ZstdSink::pump(std::string_view data, int directive)
{
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    while (true) {
        ZSTD_outBuffer out{output_.data(), output_.size(), 0};
        const std::size_t left =
            ZSTD_compressStream2(zstd(context_), &out, &in, static_cast<ZSTD_EndDirective>(directive));
        if (ZSTD_isError(left) != 0U)
            refuse(cat("zstd: ", ZSTD_getErrorName(left)));
        if (out.pos > 0)
            inner_.write({output_.data(), out.pos});
        if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size)
            return;
    }
}

void ZstdSink::write(std::string_view data) { pump(data, ZSTD_e_continue); }

void ZstdSink::finish()
{
    pump({}, ZSTD_e_end);
    inner_.finish();
}

} // namespace skiff::archive
