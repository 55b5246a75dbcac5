#pragma once

#include "archive/stream.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace skiff::archive {

enum class Compression
{
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz
};
std::string_view to_string(Compression compression); ///< "none", "gzip" ...

/// By the first bytes (six suffice), whatever a media type claims (M-80).
Compression detect_compression(std::string_view first_bytes);

/// What decompression may cost. The defaults are those of security.md R41.
struct InflationLimits
{
    std::uint64_t ratio = 100;         ///< so many bytes for each compressed one ...
    std::uint64_t plus = 1ULL << 30U;  ///< ... and so many for nothing
    std::uint64_t silent = 64U << 20U; ///< compressed bytes in a row that yield nothing (skippable frames, long names)
};

/// What a stream of `compressed_size` bytes may become in all, holes of files included; 0: the size is unknown.
std::uint64_t inflation_budget(std::uint64_t compressed_size);

/// A plain view of a stream that may be compressed with gzip, zstd, xz or bzip2 (members and frames one after another included),
/// one level deep. Truncation, wrong check sums, bytes behind the end and bombs are Errors. Libraries are loaded by the first
/// stream that needs them; `preload_decompression` loads them before a process confines itself.
class DecompressingSource : public ByteSource
{
  public:
    explicit DecompressingSource(ByteSource& compressed, const InflationLimits& limits = {});
    ~DecompressingSource() override;
    std::size_t read(char* into, std::size_t room) override;
    [[nodiscard]] Compression compression() const { return compression_; }

    struct Decoder; // one compressed format (decoder.hpp)

  private:
    std::size_t decode(char* into, std::size_t room);

    ByteSource& compressed_;
    InflationLimits limits_;
    Compression compression_ = Compression::None;
    std::vector<char> input_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool input_ended_ = false;
    std::uint64_t taken_ = 0;  ///< compressed bytes that went into the decoder
    std::uint64_t given_ = 0;  ///< plain bytes that came out
    std::uint64_t silent_ = 0; ///< compressed bytes since the last plain one
    std::unique_ptr<Decoder> decoder_;
};

/// Loads what compressed streams need.
void preload_decompression();

/// Compresses with zstd. Level 1 to 19; 3 is zstd's default.
class ZstdSink : public ByteSink
{
  public:
    explicit ZstdSink(ByteSink& inner, int level = 3);
    ~ZstdSink() override;
    void write(std::string_view data) override;
    void finish() override;

  private:
    void pump(std::string_view data, int directive);
    ByteSink& inner_;
    struct Context; // ZSTD_CCtx
    Context* context_;
    std::vector<char> output_;
};

} // namespace skiff::archive
