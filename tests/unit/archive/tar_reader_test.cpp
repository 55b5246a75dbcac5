#include "archive/tar_reader.hpp"

#include "archive/pax.hpp"
#include "base/error.hpp"
#include "hostile_layers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::archive {
namespace {

using test::RawTar;
using testing::ElementsAre;
using testing::HasSubstr;

struct Collected : RawBytes
{
    void raw(std::string_view bytes) override { text += bytes; }
    std::string text;
};

struct Member
{
    TarEntry entry;
    std::string content;
};

struct Read
{
    std::vector<Member> members;
    std::string error;
    bool ended_properly = false;
};

Read read_tar(std::string_view tar, std::size_t piece = SIZE_MAX, const TarLimits& limits = {})
{
    MemorySource source{tar, piece};
    BufferedChunks chunks{source, 4096};
    Collected raw;
    TarReader reader{chunks, &raw, limits};
    Read result;
    std::string together;
    try {
        while (const TarEntry* entry = reader.next()) {
            Member member{*entry, {}};
            for (auto part = reader.read(); !part.empty(); part = reader.read())
                member.content += part;
            result.members.push_back(std::move(member));
        }
        result.ended_properly = reader.ended_properly();
        std::size_t contents = 0;
        for (const Member& member : result.members)
            contents += member.content.size();
        EXPECT_EQ(raw.text.size() + contents, tar.size()) << "every byte is raw or content";
    } catch (const Error& error) {
        result.error = error.message();
    }
    return result;
}

TEST(TarReader, ReadsEveryType)
{
    const std::string tar = RawTar{}
                                .directory("d/")
                                .file("d/f", "content", "0000640")
                                .symlink("d/s", "f")
                                .hard_link("d/h", "d/f")
                                .add({.name = "p", .type = '6'})
                                .add({.name = "c", .type = '3', .device_major = "0000001", .device_minor = "0000003"})
                                .add({.name = "b", .type = '4'})
                                .add({.name = "contiguous", .type = '7'}, "x") // M-32
                                .add({.name = "old/", .type = '\0', .magic = {}})
                                .finish();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{513}, SIZE_MAX}) {
        const Read read = read_tar(tar, piece);
        EXPECT_EQ(read.error, "");
        EXPECT_TRUE(read.ended_properly);
        ASSERT_EQ(read.members.size(), 9U);
        EXPECT_EQ(read.members[0].entry.type, EntryType::Directory);
        EXPECT_EQ(read.members[1].content, "content");
        EXPECT_EQ(read.members[1].entry.mode, 0640U);
        EXPECT_EQ(read.members[1].entry.modified, (EntryTime{10, 0}));
        EXPECT_EQ(read.members[2].entry.link_target, "f");
        EXPECT_EQ(read.members[3].entry.type, EntryType::HardLink);
        EXPECT_EQ(read.members[4].entry.type, EntryType::Fifo);
        EXPECT_EQ(read.members[5].entry.device_minor, 3U);
        EXPECT_EQ(read.members[7].content, "x");
        EXPECT_EQ(read.members[8].entry.type, EntryType::Directory);
    }
}

TEST(TarReader, JoinsNamesOfAllFormats)
{
    const std::string name(200, 'n');
    const Read read = read_tar(RawTar{}
                                   .add({.name = "tail", .prefix = "head"})
                                   .long_name(name)
                                   .long_link(name)
                                   .symlink("short", "short")
                                   .pax({{"path", "pax/name"},
                                         {"linkpath", "pax/target"},
                                         {"uid", "7"},
                                         {"mtime", "5.25"},
                                         {"SCHILY.xattr.user.a", "b=c\n"},
                                         {"comment", "ignored"},
                                         {"uname", "root"}})
                                   .symlink("x", "y")
                                   .add({.name = "gnu", .magic = "ustar  ", .prefix = "times"})
                                   .finish());

    ASSERT_EQ(read.error, "");
    ASSERT_EQ(read.members.size(), 4U);
    EXPECT_EQ(read.members[0].entry.path, "head/tail");
    EXPECT_EQ(read.members[1].entry.path, name);
    EXPECT_EQ(read.members[1].entry.link_target, name);
    EXPECT_EQ(read.members[2].entry.path, "pax/name");
    EXPECT_EQ(read.members[2].entry.link_target, "pax/target");
    EXPECT_EQ(read.members[2].entry.uid, 7U);
    EXPECT_EQ(read.members[2].entry.modified, (EntryTime{5, 250'000'000}));
    EXPECT_THAT(read.members[2].entry.xattrs, ElementsAre(std::pair<std::string, std::string>{"user.a", "b=c\n"}));
    EXPECT_EQ(read.members[3].entry.path, "gnu");
}

TEST(TarReader, ReadsNumbersInBothForms)
{
    const Read read =
        read_tar(RawTar{}
                     .add({.name = "a", .mode = "777777 ", .uid = test::base_256(70000, 8), .size = "          0 "})
                     .add({.name = "b", .time = test::base_256(-5, 12)})
                     .finish());

    ASSERT_EQ(read.error, "");
    EXPECT_EQ(read.members[0].entry.mode, 07777U); // M-34
    EXPECT_EQ(read.members[0].entry.uid, 70000U);
    EXPECT_EQ(read.members[1].entry.modified.seconds, -5);
}

TEST(TarReader, ReadsSparseFilesOfAllVersions)
{
    const std::string data = "abcde"; // "abc" at 0, "de" at 1000 of 2000
    std::string old_map = std::string(41, '\0') + test::octal(0, 11) + " " + test::octal(3, 11) + " " +
                          test::octal(1000, 11) + " " + test::octal(2, 11) + " ";
    old_map.resize(138, '\0');
    old_map += test::octal(2000, 11);
    std::string map_1_0 = "2\n0\n3\n1000\n2\n";
    map_1_0.resize(512, '\0');
    const std::string tar =
        RawTar{}
            .add({.name = "old", .type = 'S', .magic = "ustar  ", .tail = old_map}, data)
            .pax({{"GNU.sparse.size", "2000"},
                  {"GNU.sparse.numblocks", "2"},
                  {"GNU.sparse.offset", "0"},
                  {"GNU.sparse.numbytes", "3"},
                  {"GNU.sparse.offset", "1000"},
                  {"GNU.sparse.numbytes", "2"}})
            .file("v00", data)
            .pax({{"GNU.sparse.size", "2000"}, {"GNU.sparse.map", "0,3,1000,2"}, {"GNU.sparse.name", "v01"}})
            .file("GNUSparseFile.1/v01", data)
            .pax({{"GNU.sparse.major", "1"},
                  {"GNU.sparse.minor", "0"},
                  {"GNU.sparse.realsize", "2000"},
                  {"GNU.sparse.name", "v10"}})
            .file("GNUSparseFile.1/v10", map_1_0 + data)
            .finish();
    for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
        const Read read = read_tar(tar, piece);
        ASSERT_EQ(read.error, "");
        ASSERT_EQ(read.members.size(), 4U);
        for (const Member& member : read.members) {
            SCOPED_TRACE(member.entry.path);
            EXPECT_TRUE(member.entry.sparse);
            EXPECT_EQ(member.entry.size, 2000U);
            EXPECT_THAT(member.entry.pieces, ElementsAre(SparsePiece{0, 3}, SparsePiece{1000, 2}));
            EXPECT_EQ(member.content, data);
        }
        EXPECT_EQ(read.members[3].entry.path, "v10");
    }
}

TEST(TarReader, EndsWhereTheMarkIs)
{
    EXPECT_TRUE(read_tar("").ended_properly);                // M-56
    EXPECT_TRUE(read_tar(RawTar{}.finish()).ended_properly); // M-56
    EXPECT_TRUE(read_tar(std::string(512, '\0')).ended_properly);

    const Read garbage = read_tar(RawTar{}.file("a").finish() + "garbage"); // M-54
    EXPECT_EQ(garbage.error, "");
    EXPECT_EQ(garbage.members.size(), 1U);

    const Read more = read_tar(RawTar{}.file("a").finish() + RawTar{}.file("b").finish()); // M-55
    EXPECT_EQ(more.error, "");
    EXPECT_EQ(more.members.size(), 1U);
}

TEST(TarReader, NoticesTruncation) // M-57
{
    const std::string tar = RawTar{}.pax({{"path", "long"}}).file("a", std::string(700, 'x')).directory("b").finish();
    for (std::size_t size = 512; size < tar.size() - 512; size += 512) {
        const Read read = read_tar(tar.substr(0, size));
        EXPECT_TRUE(!read.error.empty() || !read.ended_properly) << size;
    }
    EXPECT_THAT(read_tar(tar.substr(0, 1000)).error, HasSubstr("unexpected end"));
    EXPECT_THAT(read_tar(tar.substr(0, 100)).error, HasSubstr("unexpected end"));
}

TEST(TarReader, RefusesBrokenHeaders)
{
    for (const test::HostileLayer& layer : test::layers_with_headers()) {
        SCOPED_TRACE(layer.name);
        const Read read = read_tar(layer.tar);
        EXPECT_NE(read.error, "");
        EXPECT_THAT(read.error, HasSubstr(layer.refusal));
    }
}

TEST(TarReader, TakesTheSizeThatOnlyPaxCanHold)
{
    const Read read = read_tar(RawTar{}.pax({{"size", "3"}}).add({.name = "f", .size = "00000000000"}, "abc").finish());
    ASSERT_EQ(read.error, "");
    EXPECT_EQ(read.members[0].content, "abc");
}

TEST(TarReader, ClampsNothingButReadsWildTimes) // M-42; unpacking clamps
{
    const Read read = read_tar(
        RawTar{}.pax({{"mtime", "-12.5"}}).file("a").pax({{"mtime", "99999999999999999999"}}).file("b").finish());
    ASSERT_EQ(read.error, "");
    EXPECT_EQ(read.members[0].entry.modified.seconds, -12);
    EXPECT_EQ(read.members[1].entry.modified.seconds, INT64_MAX);
}

TEST(TarReader, CountsEntries)
{
    TarLimits limits;
    limits.entries = 2;
    EXPECT_THAT(read_tar(RawTar{}.file("a").file("b").file("c").finish(), SIZE_MAX, limits).error,
                HasSubstr("more than 2"));
}

} // namespace
} // namespace skiff::archive
