#include "archive/compression.hpp"

#include "base/error.hpp"
#include "raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::archive {
namespace {

using testing::HasSubstr;

std::string zstd(std::string_view plain)
{
    StringSink out;
    ZstdSink sink{out};
    sink.write(plain);
    sink.finish();
    return out.text();
}

/// "ahoy" and a line feed, by `xz -0 -C crc32` and `bzip2`.
const std::string xz_stream("\xfd\x37\x7a\x58\x5a\x00\x00\x01\x69\x22\xde\x36\x02\x00\x21\x01\x0c\x00\x00\x00\x8f\x98\x41\x9c\x01\x00"
                             "\x04\x61\x68\x6f\x79\x0a\x00\x00\x00\x00\xb0\xd1\x41\xc1\x00\x01\x19\x05\xbc\xe8\xec\xcb\x90\x42\x99\x0d"
                             "\x01\x00\x00\x00\x00\x01\x59\x5a",
                            60);
const std::string bzip2_stream("\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x76\xc2\x68\x1d\x00\x00\x00\xc1\x80\x00\x10\x20\x40\x80\x20\x20"
                             "\x00\x21\x83\x41\x9a\x02\x5c\x71\x77\x24\x53\x85\x09\x07\x6c\x26\x81\xd0",
                               44);

struct Inflated
{
    std::string text, error;
};

Inflated inflate(std::string_view compressed, std::size_t piece = SIZE_MAX, const InflationLimits& limits = {})
{
    Inflated result;
    try {
        MemorySource source{compressed, piece};
        DecompressingSource plain{source, limits};
        result.text = read_all(plain, 64U << 20U);
    } catch (const Error& error) {
        result.error = error.message();
    }
    return result;
}

std::string sample()
{
    std::string text;
    for (int i = 0; i < 40'000; ++i)
        text += cat(i * 7919 % 1013, i % 17 == 0 ? "\n" : ",");
    return text;
}

TEST(Compression, IsSeenInTheFirstBytes) // M-80
{
    EXPECT_EQ(detect_compression(test::stored_gzip("x")), Compression::Gzip);
    EXPECT_EQ(detect_compression(zstd("x")), Compression::Zstd);
    EXPECT_EQ(detect_compression(std::string("\x51\x2a\x4d\x18\0\0\0\0", 8)), Compression::Zstd);
    EXPECT_EQ(detect_compression("BZh91AY"), Compression::Bzip2);
    EXPECT_EQ(detect_compression(std::string("\xfd"
                                             "7zXZ\0",
                                             6)),
              Compression::Xz);
    EXPECT_EQ(detect_compression("plain text"), Compression::None);
    EXPECT_EQ(detect_compression(""), Compression::None);
}

TEST(Compression, GivesThePlainBytesBackWhereverPiecesEnd)
{
    const std::string plain = sample();
    for (const std::string& compressed : {test::stored_gzip(plain), zstd(plain), plain}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, SIZE_MAX}) {
            const Inflated result = inflate(compressed, piece);
            EXPECT_EQ(result.error, "");
            EXPECT_TRUE(result.text == plain);
        }
    }
    EXPECT_EQ(inflate("").text, "");
    EXPECT_EQ(inflate(zstd("")).text, "");
    for (const std::string& compressed : {xz_stream, bzip2_stream})
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
            const Inflated result = inflate(compressed, piece);
            EXPECT_EQ(result.error, "");
            EXPECT_EQ(result.text, "ahoy\n");
        }
}

TEST(Compression, JoinsMembers) // M-74, M-81
{
    const std::string gzip = test::stored_gzip("one,") + test::stored_gzip("") + test::stored_gzip("two");
    const std::string frames = zstd("one,") + std::string("\x50\x2a\x4d\x18\x03\0\0\0xyz", 11) + zstd("two");
    for (const std::string& compressed : {gzip, frames})
        for (std::size_t piece = 1; piece <= compressed.size(); ++piece)
            EXPECT_EQ(inflate(compressed, piece).text, "one,two") << piece;

    EXPECT_EQ(inflate(xz_stream + std::string(8, '\0') + xz_stream).text, "ahoy\nahoy\n"); // padding, in fours
    EXPECT_EQ(inflate(bzip2_stream + bzip2_stream, 3).text, "ahoy\nahoy\n");

    std::string empty_members;
    for (int i = 0; i < 20'000; ++i)
        empty_members += test::stored_gzip("");
    EXPECT_EQ(inflate(empty_members).error, "");
}

TEST(Compression, GoesOneLevelDeep) // M-76
{
    const std::string inner = test::stored_gzip("x");
    EXPECT_EQ(inflate(test::stored_gzip(inner)).text, inner);
}

TEST(Compression, NoticesTruncation) // M-71
{
    for (const std::string& compressed : {test::stored_gzip("some text"), zstd("some text"), xz_stream, bzip2_stream})
        for (std::size_t size = 6; size < compressed.size(); ++size)
            EXPECT_THAT(inflate(compressed.substr(0, size)).error, HasSubstr("unexpected end")) << size;
}

TEST(Compression, NoticesDamage) // M-72
{
    std::string gzip = test::stored_gzip("some text");
    gzip[gzip.size() - 6] ^= 1;
    EXPECT_THAT(inflate(gzip).error, HasSubstr("wrong check sum"));
    std::string frame = zstd("some text");
    frame.back() ^= 1;
    EXPECT_THAT(inflate(frame).error, HasSubstr("zstd"));
    for (const auto& [good, name] : {std::pair{xz_stream, "xz"}, std::pair{bzip2_stream, "bzip2"}})
        for (std::size_t i = 6; i < good.size(); ++i) {
            std::string damaged = good;
            damaged[i] ^= 1;
            const Inflated result = inflate(damaged);
            EXPECT_TRUE(result.text == "ahoy\n" || result.error.find(name) != std::string::npos) << name << " " << i << ": " << result.error;
        }
}

TEST(Compression, RefusesGarbageBehindTheEnd) // M-73
{
    EXPECT_THAT(inflate(test::stored_gzip("text") + "garbage in abundance").error, HasSubstr("gzip"));
    EXPECT_THAT(inflate(zstd("text") + "garbage in abundance").error, HasSubstr("zstd"));
    EXPECT_THAT(inflate(xz_stream + "garbage in abundance").error, HasSubstr("xz: garbage behind the end"));
    EXPECT_THAT(inflate(xz_stream + std::string(6, '\0') + xz_stream).error, HasSubstr("xz: garbage behind the end"));
    EXPECT_THAT(inflate(bzip2_stream + "garbage in abundance").error, HasSubstr("bzip2: garbage behind the end"));
}

TEST(Compression, StopsBombs) // M-75, M-79, with small numbers
{
    const InflationLimits limits{.ratio = 10, .plus = 1U << 20U, .silent = 1U << 20U};
    EXPECT_THAT(inflate(zstd(std::string(8U << 20U, '\0')), SIZE_MAX, limits).error, HasSubstr("bomb"));
    EXPECT_EQ(inflate(zstd(std::string(1U << 20U, '\0')), SIZE_MAX, limits).error, "");
}

TEST(Compression, StopsSilence) // M-78: skippable frames without end; gzip headers likewise
{
    const InflationLimits limits{.ratio = 10, .plus = 1U << 20U, .silent = 1U << 16U};
    std::string frames;
    for (int i = 0; i < 70; ++i)
        frames += std::string("\x50\x2a\x4d\x18\xf8\x03\0\0", 8) + std::string(1016, 'x');
    EXPECT_THAT(inflate(frames, SIZE_MAX, limits).error, HasSubstr("without content"));
    const std::string long_name = std::string("\x1f\x8b\x08\x08\0\0\0\0\0\xff", 10) + std::string(70'000, 'n');
    EXPECT_THAT(inflate(long_name, 4096, limits).error, HasSubstr("without content"));
}

TEST(Compression, RefusesHugeWindows) // M-77: a frame that wants 2 GiB
{
    EXPECT_THAT(inflate(std::string("\x28\xb5\x2f\xfd\x00\xa8\x01\0\0", 9)).error, HasSubstr("zstd"));
}

TEST(ReadAhead, GivesTheSameBytesAndThenTheError)
{
    const std::string plain = sample();
    MemorySource source{plain, 1000};
    ReadAhead chunks{source, 4096, 3};
    std::string got;
    for (auto chunk = chunks.next(); !chunk.empty(); chunk = chunks.next())
        got += chunk;
    EXPECT_TRUE(got == plain);

    std::string broken = zstd(plain);
    broken.pop_back();
    MemorySource broken_source{broken};
    DecompressingSource decompressing{broken_source};
    ReadAhead failing{decompressing, 4096, 3};
    EXPECT_THROW(while (!failing.next().empty()){}, Error);
}

TEST(ReadAhead, MayBeDroppedEarly)
{
    const std::string plain = sample();
    MemorySource source{plain};
    ReadAhead chunks{source, 1024, 2};
    EXPECT_FALSE(chunks.next().empty());
}

} // namespace
} // namespace skiff::archive
