#include "archive/unpack_worker.hpp"

#include "layer_fixture.hpp"
#include "raw_tar.hpp"

#include <sys/stat.h>

namespace skiff::archive {
namespace {

using test::RawTar;
using testing::ElementsAre;
using testing::HasSubstr;

class UnpackWorker : public LayerTest
{
  protected:
    UniqueFd split_ = open_at(base_.get(), "split", O_RDWR | O_CREAT, 0600);

    UnpackRequest request()
    {
        UnpackRequest wanted;
        wanted.diff_dir = root_.get();
        wanted.tar_split = split_.get();
        wanted.title = "test";
        return wanted;
    }
    static UnpackResult feed(UnpackJob job, std::string_view stream)
    {
        try {
            write_all(job.input_fd(), stream, "stream");
        } catch (const Error&) { // it has given up; finish says why
        }
        return job.finish();
    }
    static std::string refusal(UnpackJob job, std::string_view stream)
    {
        try {
            (void)feed(std::move(job), stream);
        } catch (const Error& error) {
            return error.message();
        }
        return "accepted";
    }
};

TEST_F(UnpackWorker, UnpacksAndTellsWhatItWas)
{
    const std::string tar = RawTar{}.file("d/a", "content").hard_link("d/h", "d/a").file(".wh.gone").finish();
    const std::string stream = test::stored_gzip(tar);

    const UnpackResult result = feed(UnpackJob::start(request()), stream);

    EXPECT_EQ(result.diff_id, cat("sha256:", sha256_hex(tar)));
    EXPECT_EQ(result.compressed_digest, cat("sha256:", sha256_hex(stream)));
    EXPECT_EQ(result.compressed_size, stream.size());
    EXPECT_EQ(result.plain_size, tar.size());
    EXPECT_EQ(result.unpacked_bytes, 7U);
    EXPECT_EQ(result.compression, "gzip");
    EXPECT_THAT(tree(), testing::IsSupersetOf({"d 0755 d", "f 0644 d/a=content", "f 0644 d/h=content"}));
    StringSink again;
    rebuild_tar(split_.get(), root_.get(), again);
    EXPECT_TRUE(again.text() == tar);
}

TEST_F(UnpackWorker, ReportsErrors)
{
    EXPECT_THAT(refusal(UnpackJob::start(request()), RawTar{}.file("../x").finish()), HasSubstr("entry '../x'"));
    EXPECT_THAT(refusal(UnpackJob::start(request()), "<html>" + std::string(600, ' ')), HasSubstr("tar header"));
    EXPECT_THAT(refusal(UnpackJob::start(request()), std::string(1U << 20U, 'x')), HasSubstr("tar header"));
    EXPECT_THAT(refusal(UnpackJob::start(request()), RawTar{}.file("x").unfinished()), HasSubstr("unexpected end"));
    EXPECT_THROW((void)feed(UnpackJob::start(request()), RawTar{}.hard_link("a", "b").finish()), NeedsLower);
}

TEST_F(UnpackWorker, HoldsStreamsToTheirDigests) // M-83, M-84
{
    const std::string tar = RawTar{}.file("a").finish();
    const std::string other = cat("sha256:", std::string(64, 'a'));

    UnpackRequest wanted = request();
    wanted.compressed_digest = other;
    EXPECT_THAT(refusal(UnpackJob::start(wanted), tar), HasSubstr("expected sha256:aaaa"));
    wanted = request();
    wanted.diff_id = other;
    EXPECT_THAT(refusal(UnpackJob::start(wanted), tar), HasSubstr("diff id"));
    wanted.diff_id = cat("sha256:", sha256_hex(RawTar{}.file("a").unfinished()));
    EXPECT_EQ(refusal(UnpackJob::start(wanted), RawTar{}.file("a").unfinished()), "accepted")
        << "whole, though unmarked";
}

TEST_F(UnpackWorker, CopiesFromLowerLayers)
{
    const UniqueFd lower = make_directory_at(base_.get(), "lower");
    save_atomically(lower.get(), "perl", "elf", Durability::None);
    UnpackRequest wanted = request();
    wanted.lower_dirs = {lower.get()};
    wanted.has_lower = true;

    (void)feed(UnpackJob::start(wanted), RawTar{}.hard_link("perl5", "perl").finish());

    EXPECT_THAT(tree(), ElementsAre("f 0600 perl5=elf"));
}

TEST_F(UnpackWorker, ReadsFromADescriptor)
{
    write_all(split_.get(), RawTar{}.file("a", "1").finish(), "archive");
    ASSERT_EQ(::lseek(split_.get(), 0, SEEK_SET), 0);
    UnpackRequest wanted = request();
    wanted.tar_split = -1;
    wanted.input = split_.get();

    (void)UnpackJob::start(wanted).finish();

    EXPECT_THAT(tree(), ElementsAre("f 0644 a=1"));
}

TEST_F(UnpackWorker, EndsWhenItIsDropped)
{
    UnpackJob job = UnpackJob::start(request());
    UnpackJob moved = std::move(job);
    write_all(moved.input_fd(), RawTar{}.file("a").unfinished(), "stream");
}

} // namespace
} // namespace skiff::archive
