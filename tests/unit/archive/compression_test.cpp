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
}

TEST(Compression, JoinsMembers) // M-74, M-81
{
    const std::string gzip = test::stored_gzip("one,") + test::stored_gzip("") + test::stored_gzip("two");
    const std::string frames = zstd("one,") + std::string("\x50\x2a\x4d\x18\x03\0\0\0xyz", 11) + zstd("two");
    for (const std::string& compressed : {gzip, frames})
        for (std::size_t piece = 1; piece <= compressed.size(); ++piece)
            EXPECT_EQ(inflate(compressed, piece).text, "one,two") << piece;

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
    for (const std::string& compressed : {test::stored_gzip("some text"), zstd("some text")})
        for (std::size_t size = 4; size < compressed.size(); ++size)
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
}

TEST(Compression, RefusesGarbageBehindTheEnd) // M-73
{
    EXPECT_THAT(inflate(test::stored_gzip("text") + "garbage in abundance").error, HasSubstr("gzip"));
    EXPECT_THAT(inflate(zstd("text") + "garbage in abundance").error, HasSubstr("zstd"));
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

// "skiff " fifty times, by the programs themselves.
constexpr std::string_view in_bzip2{
    "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xab\xf0\x58\xfd\x00\x00\x95\x91\x80\x40\x00\x01\x28\x08"
    "\x00\x20\x00\x20\xa5\x13\x41\x9a\x0c\x22\xd4\x5e\x45\xc8\xb9\x17\xc5\xdc\x91\x4e\x14\x24\x2a\xfc"
    "\x16\x3f\x40",
    51};
constexpr std::string_view in_xz{
    "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3"
    "\xe0\x01\x2b\x00\x0e\x5d\x00\x39\x9a\xc9\x62\x6e\x01\x8f\xd4\x11\xac\x4e\x3c\x00\x00\x00\x00\x00"
    "\xe9\x59\x44\xe7\x27\xa0\x30\x2c\x00\x01\x2a\xac\x02\x00\x00\x00\x91\x48\xbc\x7a\xb1\xc4\x67\xfb"
    "\x02\x00\x00\x00\x00\x04\x59\x5a",
    80};

TEST(RareFormats, AreReadWhereUsersBringThem)
{
    const InflationLimits limits{.rare_formats = true};
    std::string text;
    for (int i = 0; i < 50; ++i)
        text += "skiff ";
    for (const std::string_view compressed : {in_bzip2, in_xz}) {
        for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
            EXPECT_EQ(inflate(compressed, piece, limits).text, text);
            EXPECT_EQ(inflate(cat(compressed, compressed), piece, limits).text, text + text);
        }
        EXPECT_THAT(inflate(compressed.substr(0, compressed.size() - 9), SIZE_MAX, limits).error, HasSubstr("unexpected end"));
        EXPECT_THAT(inflate(cat(compressed, "garbage, a lot of it"), SIZE_MAX, limits).error, HasSubstr("garbage behind the end"));
        std::string damaged{compressed};
        damaged[damaged.size() / 2] ^= 0x55;
        EXPECT_THAT(inflate(damaged, SIZE_MAX, limits).error, HasSubstr("corrupt"));
        EXPECT_THAT(inflate(compressed).error, HasSubstr("not supported"));
    }
}

} // namespace
} // namespace skiff::archive
