// The cases of security.md's malicious corpus that concern layers, by their numbers; each with its exact outcome.

#include "archive/unpack.hpp"

#include "archive/file_attributes.hpp"
#include "layer_fixture.hpp"
#include "hostile_layers.hpp"

#include <functional>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

using test::RawTar;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

class Unpack : public LayerTest
{
  protected:
    /// For several archives in one test: each gets an empty root.
    void start_again()
    {
        root_.reset();
        remove_tree_at(base_.get(), "root");
        root_ = make_directory_at(base_.get(), "root", 0755);
    }

    void expect_outcomes(const test::HostileLayers& layers)
    {
        for (const test::HostileLayer& layer : layers) {
            SCOPED_TRACE(layer.name);
            for (const std::size_t piece : {std::size_t{100}, SIZE_MAX}) {
                start_again();
                const Outcome outcome = unpack_all(layer.tar, {}, piece);
                EXPECT_EQ(outcome.error.empty(), layer.refusal.empty()) << outcome.error;
                if (!layer.refusal.empty()) {
                    EXPECT_THAT(outcome.error, HasSubstr(layer.refusal));
                    continue;
                }
                EXPECT_THAT(outcome.summary.warnings, testing::SizeIs(layer.warnings));
                EXPECT_THAT(outcome.tree, testing::ElementsAreArray(layer.tree));
            }
        }
    }

    std::string attribute(const std::string& path, const char* name)
    {
        const UniqueFd fd = beneath(root_.get(), path, O_RDONLY);
        std::string value(200, '\0');
        const ssize_t size = ::fgetxattr(fd.get(), name, value.data(), value.size());
        return size < 0 ? errno_text(errno) : value.substr(0, static_cast<std::size_t>(size));
    }
};

TEST_F(Unpack, MakesAnOrdinaryLayer)
{
    const Outcome outcome = unpack_all(RawTar{}
                                           .directory("./")
                                           .directory("./bin/")
                                           .file("./bin/sh", "#!", "0000755")
                                           .symlink("./lib", "usr/lib")
                                           .directory("./usr/")
                                           .directory("./usr/lib/", "0000750")
                                           .file("./lib/libc", "c")
                                           .hard_link("./usr/lib/libm", "./lib/libc")
                                           .finish());

    EXPECT_EQ(outcome.error, "");
    EXPECT_THAT(outcome.tree, ElementsAre("d 0750 usr/lib", "d 0755 bin", "d 0755 usr", "f 0644 usr/lib/libc=c",
                                          "f 0644 usr/lib/libm=c", "f 0755 bin/sh=#!", "l lib -> usr/lib"));
    struct stat first
    {
    }, second{};
    ASSERT_EQ(::fstatat(root_.get(), "usr/lib/libc", &first, 0), 0);
    ASSERT_EQ(::fstatat(root_.get(), "usr/lib/libm", &second, 0), 0);
    EXPECT_EQ(first.st_ino, second.st_ino);
    EXPECT_EQ(outcome.summary.entries, 8U);
    EXPECT_EQ(outcome.summary.unpacked_bytes, 3U);
}

TEST_F(Unpack, GivesDirectoriesTheirTimesWhateverComesAfter)
{
    ASSERT_EQ(unpack_all(RawTar{}
                             .directory("./")
                             .add({.name = "a/", .type = '5', .mode = "0000755", .time = "00000000100"})
                             .file("a/one")
                             .directory("b")
                             .file("a/two")
                             .symlink("s", "a")
                             .file("s/three")
                             .finish())
                  .error,
              "");
    struct stat status
    {
    };
    ASSERT_EQ(::fstatat(root_.get(), "a", &status, 0), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 64);
    ASSERT_EQ(::fstatat(root_.get(), "a/two", &status, 0), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 10);
    ASSERT_EQ(::fstat(root_.get(), &status), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 10);
}

TEST_F(Unpack, KeepsNamesInside) { expect_outcomes(test::layers_with_names()); }

TEST_F(Unpack, LinksInOrderAndInside) { expect_outcomes(test::layers_with_links()); }

TEST_F(Unpack, CutsEndlessLinks) // M-21
{
    RawTar tar;
    tar.file("t");
    for (int i = 0; i < 11; ++i)
        tar.hard_link(cat("t", i), "t");
    UnpackOptions options;
    options.links_per_file = 10;
    EXPECT_THAT(unpack_all(tar.finish(), options).error, HasSubstr("more than 10 hard links"));
}

TEST_F(Unpack, LetsTheLastEntryWin) { expect_outcomes(test::layers_with_repetitions()); }

TEST_F(Unpack, DropsWhatIsNoFileAndMakesWhatIs) { expect_outcomes(test::layers_with_types()); }

TEST_F(Unpack, MakesHoles)
{
    const Outcome outcome = unpack_all(
        RawTar{}.pax({{"GNU.sparse.size", "1000000"}, {"GNU.sparse.map", "0,3,999990,2"}}).file("s", "abcde").finish());
    EXPECT_EQ(outcome.error, "");
    const std::string content = read_file(root_.get(), "s");
    EXPECT_EQ(content.size(), 1'000'000U);
    EXPECT_EQ(content.substr(0, 4), std::string("abc\0", 4));
    EXPECT_EQ(content.substr(999'990, 3), std::string("de\0", 3));

    UnpackOptions options; // M-35
    options.max_bytes = 1U << 30U;
    start_again();
    EXPECT_THAT(unpack_all(RawTar{}
                               .pax({{"GNU.sparse.size", "4611686018427387904"}, {"GNU.sparse.map", "0,1"}})
                               .file("s", "a")
                               .finish(),
                           options)
                    .error,
                HasSubstr("unpacks to more than"));
}

TEST_F(Unpack, ClampsTimesAndIgnoresNames) // M-42, M-43
{
    const Outcome outcome = unpack_all(RawTar{}
                                           .pax({{"mtime", "-5"}})
                                           .file("past")
                                           .pax({{"mtime", "100000000000"}})
                                           .add({.name = "future", .user = "daemon", .group = "daemon"})
                                           .finish());
    EXPECT_EQ(outcome.error, "");
    struct stat status
    {
    };
    ASSERT_EQ(::fstatat(root_.get(), "past", &status, 0), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 0);
    ASSERT_EQ(::fstatat(root_.get(), "future", &status, 0), 0);
    EXPECT_GT(status.st_mtim.tv_sec, 2'000'000'000);
    EXPECT_EQ(status.st_uid, 0U);
}

TEST_F(Unpack, GivesFilesAway)
{
    if (!has_ids())
        GTEST_SKIP() << "the caller has one id only";
    const Outcome outcome =
        unpack_all(RawTar{}
                       .add({.name = "./", .type = '5', .mode = "0000777", .uid = "0000005"}) // M-25
                       .add({.name = "su", .mode = "0004755", .uid = "0000007", .gid = "0000010"})
                       .add({.name = "s", .type = '2', .link_name = "x", .uid = "0000007"})
                       .add({.name = "d", .type = '5', .mode = "0002755", .gid = "0000011"})
                       .file("d/root's")
                       .finish());
    EXPECT_EQ(outcome.error, "");
    EXPECT_THAT(outcome.tree, ElementsAre("d 2755 0:9 d", "f 0644 d/root's=", "f 4755 7:8 su=", "l 7:0 s -> x"));
    struct stat status
    {
    };
    ASSERT_EQ(::fstat(root_.get(), &status), 0);
    EXPECT_EQ(status.st_uid, 5U);
    EXPECT_EQ(status.st_mode & 07777U, 0777U);
}

TEST_F(Unpack, RefusesOwnersOutsideOfTheMapping) // M-40
{
    const std::string tar = RawTar{}.add({.name = "f", .uid = test::octal(70'000, 7)}).finish();
    const Outcome refused = unpack_all(tar);
    if (refused.error.empty())
        GTEST_SKIP() << "every id is mapped here";
    EXPECT_THAT(refused.error, HasSubstr("70000:0"));
    EXPECT_THAT(refused.hint, HasSubstr("/etc/subuid"));

    start_again();
    UnpackOptions options;
    options.squash_ids = true;
    const Outcome squashed = unpack_all(tar, options);
    EXPECT_EQ(squashed.error, "");
    EXPECT_EQ(squashed.summary.warnings.size(), 1U);
    EXPECT_THAT(squashed.tree, ElementsAre("f 0644 f="));
}

TEST_F(Unpack, KeepsTheTruthInAnAttributeWithOneId)
{
    UnpackOptions options;
    options.single_id = true;
    const Outcome outcome = unpack_all(RawTar{}
                                           .add({.name = "d", .type = '5', .mode = "0000555", .uid = "0000005"})
                                           .add({.name = "d/su", .mode = "0004111", .uid = test::octal(70'000, 7)}, "1")
                                           .file("d/plain")
                                           .add({.name = "d/s", .type = '2', .link_name = "x", .uid = "0000007"})
                                           .finish(),
                                       options);
    EXPECT_EQ(outcome.error, "");
    if (!outcome.summary.warnings.empty())
        GTEST_SKIP() << outcome.summary.warnings[0];
    EXPECT_THAT(outcome.tree, ElementsAre("d 0755 d", "f 0644 d/plain=", "f 0711 d/su=1", "l d/s -> x"));
    EXPECT_EQ(attribute("d", override_xattr), "5:0:0555:dir");
    EXPECT_EQ(attribute("d/su", override_xattr), "70000:0:04111:file");
    EXPECT_EQ(attribute("d/plain", override_xattr), "no data available");
}

TEST_F(Unpack, DropsAttributesThatSteer) // M-51
{
    const Outcome outcome = unpack_all(RawTar{}
                                           .pax({{"SCHILY.xattr.user.overlay.opaque", "y"},
                                                 {"SCHILY.xattr.user.overlay.redirect", "/x"},
                                                 {"SCHILY.xattr.user.overlay.metacopy", ""},
                                                 {"SCHILY.xattr.trusted.overlay.opaque", "y"},
                                                 {"SCHILY.xattr.user.containers.override_stat", "0:0:0777:file"},
                                                 {"SCHILY.xattr.user.mine", "kept"}})
                                           .directory("d")
                                           .finish());
    EXPECT_EQ(outcome.error, "");
    if (!outcome.summary.warnings.empty())
        GTEST_SKIP() << outcome.summary.warnings[0];
    EXPECT_THAT(outcome.tree, ElementsAre("d 0755 d"));
    for (const char* name :
         {"user.overlay.opaque", "user.overlay.redirect", "user.overlay.metacopy", "user.containers.override_stat"})
        EXPECT_EQ(attribute("d", name), "no data available") << name;
    EXPECT_EQ(attribute("d", "user.mine"), "kept");
}

TEST_F(Unpack, ChecksCapabilities) // M-52
{
    const std::string v2("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    const std::string v3 = std::string("\1\0\0\3", 4) + v2.substr(4) + std::string(4, '\0');
    const std::string other = v3.substr(0, 20) + std::string("\xe8\3\0\0", 4);
    const auto tar = [](const std::string& value) {
        return RawTar{}.pax({{"SCHILY.xattr.security.capability", value}}).file("ping", "x", "0000755").finish();
    };
    EXPECT_EQ(unpack_all(tar(v2)).error, "");
    EXPECT_EQ(checked_capability(v3), v2);
    start_again();
    EXPECT_THAT(unpack_all(tar(other)).error, HasSubstr("another user namespace"));
    start_again();
    EXPECT_THAT(unpack_all(tar("junk")).error, HasSubstr("malformed"));
    start_again();
    EXPECT_THAT(unpack_all(tar(v2 + "x")).error, HasSubstr("malformed"));
}

TEST_F(Unpack, RemovesInLowerLayersOnly)
{
    if (::mknodat(root_.get(), "probe", S_IFCHR, 0) != 0)
        GTEST_SKIP() << "whiteout devices: " << errno_text(errno);
    ASSERT_EQ(::unlinkat(root_.get(), "probe", 0), 0);
    expect_outcomes(test::layers_with_whiteouts());
}

TEST_F(Unpack, TakesWhiteoutsForNamesInPlainTrees)
{
    UnpackOptions options;
    options.plain_tree = true;
    EXPECT_THAT(unpack_all(RawTar{}.file("a/.wh.b", "1").finish(), options).tree,
                ElementsAre("d 0755 a", "f 0644 a/.wh.b=1"));
}

class UnpackOnLower : public Unpack
{
  protected:
    UnpackOptions on_lower()
    {
        UnpackOptions options;
        options.lower_dirs = {second_.get(), lower_.get()};
        options.has_lower = true;
        return options;
    }
    void fill(int dir, const RawTar& tar)
    {
        const std::string bytes = tar.finish();
        MemorySource source{bytes};
        BufferedChunks chunks{source};
        TarReader reader{chunks};
        unpack(reader, dir, nullptr, {});
    }
    UniqueFd lower_ = make_directory_at(base_.get(), "lower");
    UniqueFd second_ = make_directory_at(base_.get(), "second");
};

TEST_F(UnpackOnLower, CopiesTheTargetsOfLinks) // M-19
{
    fill(lower_.get(), RawTar{}.file("usr/bin/perl", "elf", "0000755").symlink("bin", "usr/bin").file("usr/gone", "x"));
    fill(second_.get(), RawTar{}.file("usr/bin/other", "y").file("usr/.wh.gone"));
    const std::string tar =
        RawTar{}.hard_link("a", "bin/perl").hard_link("b", "/bin/perl").hard_link("c", "usr/bin/other").finish();

    const Outcome without = unpack_all(tar);
    EXPECT_TRUE(without.needs_lower);
    start_again();
    const Outcome with = unpack_all(tar, on_lower());
    EXPECT_EQ(with.error, "");
    EXPECT_THAT(with.tree, ElementsAre("f 0644 c=y", "f 0755 a=elf", "f 0755 b=elf"));
    start_again();
    EXPECT_THAT(unpack_all(RawTar{}.hard_link("h", "usr/gone").finish(), on_lower()).error,
                HasSubstr("does not exist"));
    start_again();
    EXPECT_THAT(unpack_all(RawTar{}.hard_link("h", "usr/bin").finish(), on_lower()).error, HasSubstr("does not exist"));
}

TEST_F(UnpackOnLower, SeesRemovalsAndOpaqueDirectories)
{
    fill(lower_.get(), RawTar{}.file("d/x", "1").file("e/x", "1"));
    fill(second_.get(), RawTar{}.file("d/.wh..wh..opq").file("e/y", "2").symlink("loop", "loop"));

    EXPECT_THAT(unpack_all(RawTar{}.hard_link("h", "d/x").finish(), on_lower()).error, HasSubstr("does not exist"));
    EXPECT_EQ(unpack_all(RawTar{}.hard_link("h", "e/x").finish(), on_lower()).error, "");
    EXPECT_NE(unpack_all(RawTar{}.hard_link("h", "loop/x").finish(), on_lower()).error, "");
}

} // namespace
} // namespace skiff::archive
