// The cases of security.md's malicious corpus that concern layers, by their numbers; each with its exact outcome.

#include "archive/unpack.hpp"

#include "archive/file_attributes.hpp"
#include "layer_fixture.hpp"
#include "raw_tar.hpp"

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

    struct Case
    {
        const char* name;
        RawTar tar;
        Lines tree;
    };
    void expect_trees(const std::vector<Case>& cases)
    {
        for (const Case& c : cases) {
            SCOPED_TRACE(c.name);
            for (const std::size_t piece : {std::size_t{100}, SIZE_MAX}) {
                start_again();
                const Outcome outcome = unpack_all(c.tar.finish(), {}, piece);
                EXPECT_EQ(outcome.error, "");
                EXPECT_THAT(outcome.summary.warnings, IsEmpty());
                EXPECT_THAT(outcome.tree, testing::ElementsAreArray(c.tree));
            }
        }
    }

    struct Refusal
    {
        const char* name;
        RawTar tar;
        const char* words;
    };
    void expect_refusals(const std::vector<Refusal>& cases)
    {
        for (const Refusal& c : cases) {
            SCOPED_TRACE(c.name);
            start_again();
            const Outcome outcome = unpack_all(c.tar.finish());
            EXPECT_NE(outcome.error, "");
            EXPECT_THAT(outcome.error, HasSubstr(c.words));
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

TEST_F(Unpack, KeepsNamesInside)
{
    expect_trees({
        {"M-03", RawTar{}.file("/abs"), {"f 0644 abs="}},
        {"M-04", RawTar{}.file("//abs"), {"f 0644 abs="}},
        {"M-05", RawTar{}.directory("./").directory("."), {}},
        {"M-10", RawTar{}.file("a\n\x1b[31m\xff"), {"f 0644 a\n\x1b[31m\xff="}},
        {"M-11", RawTar{}.symlink("link", "/").file("link/x", "1"), {"f 0644 x=1", "l link -> /"}},
        {"M-12", RawTar{}.symlink("link", "../../../..").file("link/x", "1"), {"f 0644 x=1", "l link -> ../../../.."}},
        {"M-12 deeper",
         RawTar{}.directory("a/b").symlink("a/b/link", "../../../../c").file("a/b/link/x", "1"),
         {"d 0755 a", "d 0755 a/b", "d 0755 c", "f 0644 c/x=1", "l a/b/link -> ../../../../c"}},
        {"M-13", RawTar{}.symlink("d", "/etc").directory("d").file("d/x", "1"), {"d 0755 d", "f 0644 d/x=1"}},
        {"M-24", RawTar{}.file("a/b/c", "1"), {"d 0755 a", "d 0755 a/b", "f 0644 a/b/c=1"}},
        {"M-26",
         RawTar{}.file("A").file("a").file("\xc3\xa9").file("e\xcc\x81"),
         {"f 0644 A=", "f 0644 a=", "f 0644 e\xcc\x81=", "f 0644 \xc3\xa9="}},
    });
    expect_refusals({
        {"M-01", RawTar{}.file("../x"), "\"..\""},
        {"M-02", RawTar{}.file("a/../../x"), "\"..\""},
        {"M-05", RawTar{}.file(""), "empty"},
        {"M-06", RawTar{}.long_name(std::string(256, 'a')).file("x"), "more than 255"},
        {"M-07", RawTar{}.long_name(std::string(5000, 'a')).file("x"), "more than 4096"},
        {"M-14", RawTar{}.symlink("a", "b").symlink("b", "a").file("a/x"), "too many links"},
        {"parent is a file", RawTar{}.file("a").file("a/x"), "not a directory"},
        {"root is a file", RawTar{}.file("./"), "root"},
    });
}

TEST_F(Unpack, LinksInOrderAndInside)
{
    expect_trees({
        {"M-16", RawTar{}.file("a/t", "1").hard_link("h", "/a/t"), {"d 0755 a", "f 0644 a/t=1", "f 0644 h=1"}},
        {"M-17",
         RawTar{}.symlink("s", "/etc/passwd").hard_link("h", "s"),
         {"l h -> /etc/passwd", "l s -> /etc/passwd"}},
        {"M-18",
         RawTar{}.file("d/t", "1").hard_link("h", "d/t").file("d", "2").symlink("d", "/etc").file("z"),
         {"f 0644 h=1", "f 0644 z=", "l d -> /etc"}},
        {"twice", RawTar{}.file("t", "1").hard_link("h", "t").hard_link("h", "t"), {"f 0644 h=1", "f 0644 t=1"}},
        {"through a link",
         RawTar{}.file("d/t", "1").symlink("s", "d").hard_link("s/h", "s/t"),
         {"d 0755 d", "f 0644 d/h=1", "f 0644 d/t=1", "l s -> d"}},
    });
    expect_refusals({
        {"M-15", RawTar{}.hard_link("h", "../../etc/passwd"), "\"..\""},
        {"M-20 itself", RawTar{}.file("a").hard_link("a", "a"), "itself"},
        {"M-20 directory", RawTar{}.directory("d").hard_link("h", "d"), "directory"},
        {"M-20 device", RawTar{}.add({.name = "null", .type = '3'}).hard_link("h", "null"), "lower layer"},
        {"the root", RawTar{}.hard_link("h", "/"), "root"},
        {"its own parent", RawTar{}.file("d/t").hard_link("d", "d/t"), "making it"},
        {"empty link", RawTar{}.symlink("s", ""), "link to nothing"},
    });
}

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

TEST_F(Unpack, LetsTheLastEntryWin)
{
    expect_trees({
        {"M-22, M-23", RawTar{}.symlink("a", "b").directory("a"), {"d 0755 a"}},
        {"M-23 file over directory", RawTar{}.file("a/b/c").file("a", "1"), {"f 0644 a=1"}},
        {"M-23 directory over file", RawTar{}.file("a", "1").directory("a", "0000700"), {"d 0700 a"}},
        {"directory again", RawTar{}.file("a/x", "1").directory("a", "0000700"), {"d 0700 a", "f 0644 a/x=1"}},
        {"file again", RawTar{}.file("a", "12345").file("a", "1", "0000600"), {"f 0600 a=1"}},
        {"link over link", RawTar{}.symlink("a", "b").symlink("a", "c"), {"l a -> c"}},
        {"fifo over file", RawTar{}.file("a").add({.name = "a", .type = '6'}), {"p 0644 a"}},
    });
}

TEST_F(Unpack, DropsWhatIsNoFile)
{
    struct Drop
    {
        const char* name;
        RawTar tar;
    };
    const Drop cases[] = {
        {"M-27", RawTar{}.add({.name = "null", .type = '3', .device_major = "0000001", .device_minor = "0000003"})},
        {"M-28", RawTar{}.add({.name = "sda", .type = '4'})},
        {"M-29", RawTar{}.add({.name = "etc", .type = '3'}).add({.name = "usr", .type = '3'})},
        {"M-31 volume label", RawTar{}.add({.name = "label", .type = 'V'})},
        {"M-31 continued", RawTar{}.add({.name = "part", .type = 'M'}, "content")},
        {"M-31 socket", RawTar{}.add({.name = "sock", .type = 's'})},
        {"M-66", RawTar{}.file(".wh..wh.plnk/1", "x")},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        start_again();
        const Outcome outcome = unpack_all(c.tar.finish());
        EXPECT_EQ(outcome.error, "");
        EXPECT_EQ(outcome.summary.warnings.size(), 1U);
        EXPECT_THAT(outcome.tree, IsEmpty());
    }
}

TEST_F(Unpack, MakesSpecialFiles)
{
    expect_trees({
        {"M-30", RawTar{}.add({.name = "etc/passwd", .type = '6'}), {"d 0755 etc", "p 0644 etc/passwd"}},
        {"M-32", RawTar{}.add({.name = "c", .type = '7'}, "1"), {"f 0644 c=1"}},
        {"M-33",
         RawTar{}
             .file("su", "", "0004755")
             .file("sg", "", "0002755")
             .directory("tmp", "0001777")
             .directory("g", "0002775"),
         {"d 1777 tmp", "d 2775 g", "f 2755 sg=", "f 4755 su="}},
        {"M-34", RawTar{}.file("f", "", "777777 "), {"f 7777 f="}},
        {"inherited set-gid",
         RawTar{}.directory("g", "0002775").directory("g/d").file("g/f").file("g/d2/f"),
         {"d 0755 g/d", "d 0755 g/d2", "d 2775 g", "f 0644 g/d2/f=", "f 0644 g/f="}},
    });
}

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
    expect_trees({
        {"plain", RawTar{}.file("a/.wh.b"), {"d 0755 a", "w a/b"}},
        {"M-63", RawTar{}.file(".wh.etc").file("etc/x", "1"), {"d 0755 etc opaque", "f 0644 etc/x=1"}},
        {"M-63 directory entry", RawTar{}.file(".wh.etc").directory("etc", "0000700"), {"d 0700 etc opaque"}},
        {"M-63 file", RawTar{}.file(".wh.etc").file("etc", "1"), {"f 0644 etc=1"}},
        {"M-64", RawTar{}.file("etc/x", "1").file(".wh.etc"), {"d 0755 etc opaque", "f 0644 etc/x=1"}},
        {"M-64 file", RawTar{}.file("etc", "1").file(".wh.etc"), {"f 0644 etc=1"}},
        {"M-65", RawTar{}.file("etc/x", "1").file("etc/.wh..wh..opq"), {"d 0755 etc opaque", "f 0644 etc/x=1"}},
        {"opaque first",
         RawTar{}.file("etc/.wh..wh..opq").directory("etc").file("etc/x"),
         {"d 0755 etc opaque", "f 0644 etc/x="}},
        {"M-69", RawTar{}.file(".wh.nothing").file(".wh.nothing"), {"w nothing"}},
        {"AUFS", RawTar{}.file(".wh.a").hard_link(".wh.b", ".wh.a"), {"w a", "w b"}},
    });
    expect_refusals({
        {"M-59", RawTar{}.file("a/.wh."), "whiteout of nothing"},
        {"M-60", RawTar{}.file(".wh.."), "whiteout of nothing"},
        {"M-61", RawTar{}.file(".wh..."), "whiteout of nothing"},
        {"M-62", RawTar{}.directory("b").symlink("a", "b").file("a/.wh..wh..opq"), "is a link"},
        {"M-62 whiteout", RawTar{}.directory("b").symlink("a", "b").file("a/.wh.x"), "is a link"},
        {"M-67", RawTar{}.file("./.wh.."), "whiteout of nothing"},
        {"M-68 directory", RawTar{}.directory(".wh.a"), "whiteout that is no file"},
        {"M-68 link", RawTar{}.symlink(".wh.a", "x"), "whiteout that is no file"},
        {"M-68 hard link", RawTar{}.file("x").hard_link(".wh.a", "x"), "whiteout that is no file"},
        {"M-68 target", RawTar{}.file(".wh.a").hard_link("b", ".wh.a"), "hard link to a whiteout"},
        {"M-68 target removed", RawTar{}.file(".wh.a").hard_link("b", "a"), "which the layer removed"},
        {"M-70", RawTar{}.file(".wh.a/b"), "in the place of a directory"},
        {"opaque with content", RawTar{}.file("a/.wh..wh..opq", "x"), "opaque"},
        {"opaque directory", RawTar{}.directory("a/.wh..wh..opq"), "opaque"},
    });
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
