#include "archive/layer_worker.hpp"

#include "archive/gzip_sink.hpp"
#include "archive/tar_split.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "layer_fixture.hpp"
#include "raw_tar.hpp"

#include <sys/mman.h>

namespace skiff::archive {
namespace {

using test::RawTar;

std::string noise(std::size_t size)
{
    std::string data;
    for (std::uint32_t x = 1; data.size() < size; x = x * 1664525U + 1013904223U)
        data += cat(x, x % 7 == 0 ? "\n" : " ");
    return data.substr(0, size);
}

std::string gzip(std::string_view data, std::size_t piece, int level = GzipSink::default_level)
{
    StringSink sink;
    GzipSink gzip{sink, level};
    for (std::size_t at = 0; at < data.size(); at += piece)
        gzip.write(data.substr(at, piece));
    gzip.finish();
    return sink.text();
}

std::string plain_of(std::string_view compressed)
{
    MemorySource source{compressed};
    DecompressingSource plain{source};
    return read_all(plain, 64U << 20U);
}

TEST(GzipSink, GivesTheSameBytesHoweverTheyAreCut)
{
    const std::string data = noise(3'000'000);

    const std::string whole = gzip(data, data.size());

    EXPECT_EQ(plain_of(whole), data);
    EXPECT_EQ(gzip(data, 4097), whole);
    EXPECT_LT(whole.size(), data.size() * 6 / 10);
    EXPECT_LE(gzip(data, data.size(), 9).size(), gzip(data, data.size(), 1).size());
    EXPECT_EQ(plain_of(gzip("", 1)), "");
}

UniqueFd file_with(std::string_view data)
{
    UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
    write_all(file.get(), data, "test");
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string content(const UniqueFd& file)
{
    ::lseek(file.get(), 0, SEEK_SET);
    return skiff::read_all(file.get(), 64U << 20U, "test");
}

class LayerWorker : public LayerTest
{
};

TEST_F(LayerWorker, MakesALayerOfTheStoreAgain)
{
    const std::string tar = RawTar{}.directory("d").file("d/a", noise(100'000)).finish();
    ASSERT_EQ(unpack_all(tar).error, "");
    LayerRequest request;
    const UniqueFd split = open_at(base_.get(), "split", O_RDONLY);
    request.tar_split = split.get();
    request.diff_dir = root_.get();
    request.diff_id = cat("sha256:", sha256_hex(tar));
    const UniqueFd plain = file_with("");
    const UniqueFd compressed = file_with("");
    const UniqueFd rest = file_with("");

    const LayerResult result = write_layer(request, plain.get());
    request.compression = Compression::Gzip;
    const LayerResult gzipped = write_layer(request, compressed.get());
    request.skip = 1000;
    const LayerResult skipped = write_layer(request, rest.get());

    EXPECT_EQ(content(plain), tar);
    EXPECT_EQ(result.digest, request.diff_id);
    EXPECT_EQ(result.size, tar.size());
    EXPECT_EQ(measure_tar(split.get()), tar.size());
    EXPECT_EQ(plain_of(content(compressed)), tar);
    EXPECT_EQ(gzipped.digest, cat("sha256:", sha256_hex(content(compressed))));
    EXPECT_EQ(content(rest), content(compressed).substr(1000));
    EXPECT_EQ(skipped.digest, gzipped.digest);
}

TEST_F(LayerWorker, ConvertsAStream)
{
    const std::string data = noise(300'000);
    const UniqueFd input = file_with(gzip(data, 1000));
    const UniqueFd output = file_with("");
    LayerRequest request;
    request.input = input.get();
    request.compression = Compression::Zstd;

    const LayerResult result = write_layer(request, output.get());

    EXPECT_EQ(detect_compression(content(output).substr(0, 6)), Compression::Zstd);
    EXPECT_EQ(plain_of(content(output)), data);
    EXPECT_EQ(result.diff_id, cat("sha256:", sha256_hex(data)));
    EXPECT_EQ(result.plain_size, data.size());
}

TEST_F(LayerWorker, SaysWhenALayerIsDamaged)
{
    LayerRequest request;
    const UniqueFd input = file_with("data");
    const UniqueFd output = file_with("");
    request.input = input.get();
    request.diff_id = cat("sha256:", sha256_hex("other data"));

    EXPECT_THROW(write_layer(request, output.get()), Error);
}

} // namespace
} // namespace skiff::archive
