// The malicious corpus (security.md section 11), M-71 to M-82: layers as compressed streams.

#include "tests/support/bombs.hpp"
#include "tests/support/hostile_box.hpp"

using namespace skiff::testing;
using skiff::test::digest_of;
using skiff::test::make_raw_archive;
using skiff::test::make_raw_docker_archive;
using skiff::test::RawTar;
using skiff::test::repeat;
using skiff::test::stored_gzip;
using skiff::test::zstd;
using skiff::test::zstd_of_zeros;
using ::testing::HasSubstr;

namespace {

class HostileStreams : public HostileBox
{
  protected:
    const std::string plain = RawTar{}.file("f", "content").finish();
    const std::vector<std::string> tree = {"f 0644 f=content"};

    Result load_stream(const std::string& stream, const std::string& unpacked)
    {
        return load(make_raw_archive(make_raw_docker_archive("localhost/hostile:1", {{stream, digest_of(unpacked)}})));
    }
    /// A MiB of zeros as gzip has it: about a KiB.
    std::string gzipped_mebibyte()
    {
        return run({"/bin/sh", "-c", "head -c 1048576 /dev/zero | gzip -9n"}).out;
    }
};

TEST_F(HostileStreams, AreReadAsTheyAreWhateverTheirTypeSays)
{
    struct Case
    {
        const char* name;
        std::string stream;
    };
    const std::size_t half = 300;
    const Case cases[] = {
        {"plain", plain},
        {"gzip", stored_gzip(plain)},
        {"zstd", zstd(plain)},
        {"M-74 members", stored_gzip(plain.substr(0, half)) + stored_gzip("") + stored_gzip(plain.substr(half))},
        {"M-74 frames", zstd(plain.substr(0, half)) + std::string("\x50\x2a\x4d\x18\x03\0\0\0xyz", 11) + zstd(plain.substr(half))},
        {"M-81 empty members", repeat(stored_gzip(""), 100'000) + stored_gzip(plain)},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_tree(load_stream(c.stream, plain), tree);
    }
}

TEST_F(HostileStreams, AreRefusedWhenTheyAreWrong)
{
    const std::string gzip = stored_gzip(plain);
    const std::string frame = zstd(plain);
    std::string bad_gzip = gzip;
    bad_gzip[bad_gzip.size() - 6] ^= 1;
    std::string bad_frame = frame;
    bad_frame.back() ^= 1;
    struct Case
    {
        const char* name;
        std::string stream, words;
    };
    const Case cases[] = {
        {"M-71 gzip", gzip.substr(0, gzip.size() - 9), "unexpected end"},
        {"M-71 gzip without its check sum", gzip.substr(0, gzip.size() - 8), "unexpected end"},
        {"M-71 zstd", frame.substr(0, frame.size() - 5), "unexpected end"},
        {"M-72 gzip", bad_gzip, "wrong check sum"},
        {"M-72 zstd", bad_frame, "zstd"},
        {"M-73 gzip", gzip + "garbage in abundance", "gzip"},
        {"M-73 zstd", frame + "garbage in abundance", "zstd"},
        {"M-76 two levels", stored_gzip(gzip), "invalid tar header"},
        {"M-77 a window of 2 GiB", std::string("\x28\xb5\x2f\xfd\x00\xa8\x01\0\0", 9), "zstd"},
        {"M-82 bzip2", "BZh91AY&SY" + std::string(100, 'x'), "bzip2"},
        {"M-82 xz", std::string("\xfd" "7zXZ\0", 6) + std::string(100, 'x'), "xz"},
        {"M-82 encrypted", std::string(2000, '\x93'), "invalid tar header"},
        {"empty gzip", stored_gzip(""), "digest"},
        {"nothing", "", "digest"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(load_stream(c.stream, plain), c.words);
    }
}

TEST_F(HostileStreams, StopAtTheBudget)
{
    const std::string silent = std::string("\x50\x2a\x4d\x18\0\0\x10\0", 8) + std::string(1U << 20U, 'x');
    const RawTar big = RawTar{}.add({.name = "big", .size = skiff::test::base_256(10LL << 30, 12)});
    const std::string head = big.unfinished();
    struct Case
    {
        const char* name;
        std::string stream, words;
    };
    time_limit = std::chrono::seconds{60}; // a GiB is granted before it is a bomb
    memory_limit_kib = 512U << 10U; // this process has the streams in memory, and its children inherit the figure
    const Case cases[] = {
        {"M-75 zeros behind the archive, gzip", stored_gzip(plain) + repeat(gzipped_mebibyte(), 10 * 1024), "bomb"},
        {"M-79 zeros behind the archive, zstd", zstd(plain) + zstd_of_zeros(10 * 8192), "bomb"},
        {"M-79 a file of 10 GiB", zstd(head) + zstd_of_zeros(10 * 8192), "unpacks to more than"},
        {"M-78 skippable frames", repeat(silent, 70), "without content"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(load_stream(c.stream, plain), c.words);
    }
}

TEST_F(HostileStreams, ThatAreWholeArchivesStopAtTheBudgetToo)
{
    time_limit = std::chrono::seconds{60}; // a GiB is granted, and stored on a disk that may be slow
    std::string archive = make_raw_archive(make_raw_docker_archive("localhost/hostile:1", {{plain}}));
    expect_tree(load(stored_gzip(archive)), tree);
    archive.resize(archive.size() - 1024);
    expect_refused(load(zstd(archive) + zstd_of_zeros(10 * 8192)), "bomb");
    expect_refused(load(stored_gzip(archive).substr(0, 3000)), "unexpected end");
}

} // namespace
