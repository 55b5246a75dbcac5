#include "hostile_layers.hpp"

#include "base/cat.hpp"

namespace skiff::test {
namespace {

using Lines = std::vector<std::string>;

HostileLayer accepted(std::string name, const RawTar& tar, Lines tree)
{
    return {std::move(name), tar.finish(), std::move(tree), {}, 0};
}

HostileLayer refused(std::string name, const RawTar& tar, std::string words)
{
    return {std::move(name), tar.finish(), {}, std::move(words), 0};
}

/// Bytes that need not be an archive.
HostileLayer refused(std::string name, std::string bytes, std::string words)
{
    return {std::move(name), std::move(bytes), {}, std::move(words), 0};
}

/// Accepted without the entry, with one warning.
HostileLayer dropped(std::string name, const RawTar& tar)
{
    return {std::move(name), tar.finish(), {}, {}, 1};
}

RawTar pax_content(std::string_view block) { return RawTar{}.pax_block(block).file("f"); }

RawTar sparse_map(std::string map, std::string size, std::string_view data)
{
    return RawTar{}.pax({{"GNU.sparse.size", std::move(size)}, {"GNU.sparse.map", std::move(map)}}).file("f", data);
}

/// Version 1.0: the map stands in front of the content.
RawTar sparse_content(std::string_view content)
{
    return RawTar{}
        .pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
        .file("f", content);
}

} // namespace

HostileLayers layers_with_names()
{
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "d/";
    return {
        refused("M-01", RawTar{}.file("../x"), "\"..\""),
        refused("M-02", RawTar{}.file("a/../../x"), "\"..\""),
        refused("M-02 by PAX", RawTar{}.pax({{"path", "a/../../x"}}).file("f"), "\"..\""),
        refused("M-02 by a long name", RawTar{}.long_name("a/../../x").file("f"), "\"..\""),
        refused("M-02 by the prefix", RawTar{}.add({.name = "x", .prefix = "a/.."}), "\"..\""),
        accepted("M-03", RawTar{}.file("/abs"), {"f 0644 abs="}),
        accepted("M-04", RawTar{}.file("//abs"), {"f 0644 abs="}),
        accepted("M-05", RawTar{}.directory("./").directory("."), {}),
        refused("M-05 no name", RawTar{}.file(""), "empty"),
        refused("M-06", RawTar{}.long_name(std::string(256, 'a')).file("x"), "more than 255"),
        refused("M-07", RawTar{}.long_name(std::string(5000, 'a')).file("x"), "more than 4096"),
        refused("M-08", RawTar{}.pax({{"path", deep + "x"}}).file("x"), "more than 256"),
        refused("M-09", RawTar{}.pax({{"path", std::string("a\0b", 3)}}).file("f"), "zero byte"),
        accepted("M-10", RawTar{}.file("a\n\x1b[31m\xff"), {"f 0644 a\n\x1b[31m\xff="}),
        accepted("M-11", RawTar{}.symlink("link", "/").file("link/x", "1"), {"f 0644 x=1", "l link -> /"}),
        accepted("M-12", RawTar{}.symlink("link", "../../../..").file("link/x", "1"),
                 {"f 0644 x=1", "l link -> ../../../.."}),
        accepted("M-12 deeper", RawTar{}.directory("a/b").symlink("a/b/link", "../../../../c").file("a/b/link/x", "1"),
                 {"d 0755 a", "d 0755 a/b", "d 0755 c", "f 0644 c/x=1", "l a/b/link -> ../../../../c"}),
        accepted("M-12 into /proc",
                 RawTar{}.symlink("link", "/proc/self/cwd").file("link/x", "1"),
                 {"d 0755 proc", "d 0755 proc/self", "d 0755 proc/self/cwd", "f 0644 proc/self/cwd/x=1",
                  "l link -> /proc/self/cwd"}),
        accepted("M-13", RawTar{}.symlink("d", "/etc").directory("d").file("d/x", "1"), {"d 0755 d", "f 0644 d/x=1"}),
        refused("M-14", RawTar{}.symlink("a", "b").symlink("b", "a").file("a/x"), "too many links"),
        accepted("M-24", RawTar{}.file("a/b/c", "1"), {"d 0755 a", "d 0755 a/b", "f 0644 a/b/c=1"}),
        accepted("M-26", RawTar{}.file("A").file("a").file("\xc3\xa9").file("e\xcc\x81"),
                 {"f 0644 A=", "f 0644 a=", "f 0644 e\xcc\x81=", "f 0644 \xc3\xa9="}),
        refused("parent is a file", RawTar{}.file("a").file("a/x"), "not a directory"),
        refused("root is a file", RawTar{}.file("./"), "root"),
        refused("root is a link", RawTar{}.symlink("./", "/etc"), "root"),
    };
}

HostileLayers layers_with_links()
{
    return {
        refused("M-15", RawTar{}.hard_link("h", "../../etc/passwd"), "\"..\""),
        accepted("M-16", RawTar{}.file("a/t", "1").hard_link("h", "/a/t"), {"d 0755 a", "f 0644 a/t=1", "f 0644 h=1"}),
        accepted("M-17", RawTar{}.symlink("s", "/etc/passwd").hard_link("h", "s"),
                 {"l h -> /etc/passwd", "l s -> /etc/passwd"}),
        accepted("M-18", RawTar{}.file("d/t", "1").hard_link("h", "d/t").file("d", "2").symlink("d", "/etc").file("z"),
                 {"f 0644 h=1", "f 0644 z=", "l d -> /etc"}),
        accepted("twice", RawTar{}.file("t", "1").hard_link("h", "t").hard_link("h", "t"),
                 {"f 0644 h=1", "f 0644 t=1"}),
        accepted("through a link", RawTar{}.file("d/t", "1").symlink("s", "d").hard_link("s/h", "s/t"),
                 {"d 0755 d", "f 0644 d/h=1", "f 0644 d/t=1", "l s -> d"}),
        refused("through a link out", RawTar{}.symlink("s", "/etc").hard_link("h", "s/passwd"), "'s/passwd'"),
        refused("M-20 itself", RawTar{}.file("a").hard_link("a", "a"), "itself"),
        refused("M-20 directory", RawTar{}.directory("d").hard_link("h", "d"), "directory"),
        refused("M-20 device", RawTar{}.add({.name = "null", .type = '3'}).hard_link("h", "null"), "'null'"),
        refused("the root", RawTar{}.hard_link("h", "/"), "root"),
        refused("its own parent", RawTar{}.file("d/t").hard_link("d", "d/t"), "making it"),
        refused("empty link", RawTar{}.symlink("s", ""), "link to nothing"),
        refused("long link", RawTar{}.long_link(std::string(5000, 'x')).symlink("s", "x"), "file name too long"),
    };
}

HostileLayers layers_with_repetitions()
{
    return {
        accepted("M-22, M-23", RawTar{}.symlink("a", "b").directory("a"), {"d 0755 a"}),
        accepted("M-23 file over directory", RawTar{}.file("a/b/c").file("a", "1"), {"f 0644 a=1"}),
        accepted("M-23 directory over file", RawTar{}.file("a", "1").directory("a", "0000700"), {"d 0700 a"}),
        accepted("directory again", RawTar{}.file("a/x", "1").directory("a", "0000700"), {"d 0700 a", "f 0644 a/x=1"}),
        accepted("file again", RawTar{}.file("a", "12345").file("a", "1", "0000600"), {"f 0600 a=1"}),
        accepted("link over link", RawTar{}.symlink("a", "b").symlink("a", "c"), {"l a -> c"}),
        accepted("file over link", RawTar{}.symlink("a", "/etc/passwd").file("a", "1"), {"f 0644 a=1"}),
        accepted("fifo over file", RawTar{}.file("a").add({.name = "a", .type = '6'}), {"p 0644 a"}),
    };
}

HostileLayers layers_with_types()
{
    return {
        dropped("M-27", RawTar{}.add({.name = "null", .type = '3', .device_major = "0000001", .device_minor = "0000003"})),
        dropped("M-28", RawTar{}.add({.name = "sda", .type = '4'})),
        dropped("M-29", RawTar{}.add({.name = "etc", .type = '3'}).add({.name = "usr", .type = '3'})),
        accepted("M-30", RawTar{}.add({.name = "etc/passwd", .type = '6'}), {"d 0755 etc", "p 0644 etc/passwd"}),
        dropped("M-31 volume label", RawTar{}.add({.name = "label", .type = 'V'})),
        dropped("M-31 continued", RawTar{}.add({.name = "part", .type = 'M'}, "content")),
        dropped("M-31 socket", RawTar{}.add({.name = "sock", .type = 's'})),
        refused("M-31 unknown type", RawTar{}.add({.name = "f", .type = 'Z'}), "unknown type"),
        accepted("M-32", RawTar{}.add({.name = "c", .type = '7'}, "1"), {"f 0644 c=1"}),
        accepted("M-33",
                 RawTar{}.file("su", "", "0004755").file("sg", "", "0002755").directory("tmp", "0001777").directory("g", "0002775"),
                 {"d 1777 tmp", "d 2775 g", "f 2755 sg=", "f 4755 su="}),
        accepted("M-34", RawTar{}.file("f", "", "777777 "), {"f 7777 f="}),
        accepted("inherited set-gid",
                 RawTar{}.directory("g", "0002775").directory("g/d").file("g/f").file("g/d2/f"),
                 {"d 0755 g/d", "d 0755 g/d2", "d 2775 g", "f 0644 g/d2/f=", "f 0644 g/f="}),
        refused("M-39 uid 2^32", RawTar{}.add({.name = "f", .uid = base_256(1LL << 32, 8)}), "out of range"),
    };
}

HostileLayers layers_with_whiteouts()
{
    return {
        refused("M-59", RawTar{}.file("a/.wh."), "whiteout of nothing"),
        refused("M-60", RawTar{}.file(".wh.."), "whiteout of nothing"),
        refused("M-61", RawTar{}.file(".wh..."), "whiteout of nothing"),
        refused("M-62", RawTar{}.directory("b").symlink("a", "b").file("a/.wh..wh..opq"), "is a link"),
        refused("M-62 whiteout", RawTar{}.directory("b").symlink("a", "b").file("a/.wh.x"), "is a link"),
        accepted("plain", RawTar{}.file("a/.wh.b"), {"d 0755 a", "w a/b"}),
        accepted("M-63", RawTar{}.file(".wh.etc").file("etc/x", "1"), {"d 0755 etc opaque", "f 0644 etc/x=1"}),
        accepted("M-63 directory entry", RawTar{}.file(".wh.etc").directory("etc", "0000700"), {"d 0700 etc opaque"}),
        accepted("M-63 file", RawTar{}.file(".wh.etc").file("etc", "1"), {"f 0644 etc=1"}),
        accepted("M-64", RawTar{}.file("etc/x", "1").file(".wh.etc"), {"d 0755 etc opaque", "f 0644 etc/x=1"}),
        accepted("M-64 file", RawTar{}.file("etc", "1").file(".wh.etc"), {"f 0644 etc=1"}),
        accepted("M-65", RawTar{}.file("etc/x", "1").file("etc/.wh..wh..opq"),
                 {"d 0755 etc opaque", "f 0644 etc/x=1"}),
        accepted("opaque first", RawTar{}.file("etc/.wh..wh..opq").directory("etc").file("etc/x"),
                 {"d 0755 etc opaque", "f 0644 etc/x="}),
        dropped("M-66", RawTar{}.file(".wh..wh.plnk/1", "x")),
        refused("M-67", RawTar{}.file("./.wh.."), "whiteout of nothing"),
        refused("M-68 directory", RawTar{}.directory(".wh.a"), "whiteout that is no file"),
        refused("M-68 link", RawTar{}.symlink(".wh.a", "x"), "whiteout that is no file"),
        refused("M-68 hard link", RawTar{}.file("x").hard_link(".wh.a", "x"), "whiteout that is no file"),
        refused("M-68 target", RawTar{}.file(".wh.a").hard_link("b", ".wh.a"), "hard link to a whiteout"),
        refused("M-68 target removed", RawTar{}.file(".wh.a").hard_link("b", "a"), "which the layer removed"),
        accepted("M-69", RawTar{}.file(".wh.nothing").file(".wh.nothing"), {"w nothing"}),
        refused("M-70", RawTar{}.file(".wh.a/b"), "in the place of a directory"),
        accepted("AUFS", RawTar{}.file(".wh.a").hard_link(".wh.b", ".wh.a"), {"w a", "w b"}),
        refused("opaque with content", RawTar{}.file("a/.wh..wh..opq", "x"), "opaque"),
        refused("opaque directory", RawTar{}.directory("a/.wh..wh..opq"), "opaque"),
    };
}

HostileLayers layers_with_headers()
{
    RawTar many;
    for (int i = 0; i < 20; ++i)
        many.pax({{"comment", "x"}});
    return {
        refused("M-31 unknown type", RawTar{}.add({.name = "f", .type = 'Z'}), "unknown type"),
        refused("M-35 8 EiB", sparse_map("0,1", "9223372036854775808", "x"), "no valid number"),
        refused("M-36 overlapping", sparse_map("0,3,2,2", "100", "abcde"), "map is wrong"),
        refused("M-36 descending", sparse_map("50,3,0,2", "100", "abcde"), "map is wrong"),
        refused("M-36 negative", sparse_map("-5,5", "100", "abcde"), "no valid number"),
        refused("M-36 outside", sparse_map("98,5", "100", "abcde"), "map is wrong"),
        refused("M-36 odd", sparse_map("0,5,6", "100", "abcde"), "incomplete"),
        refused("M-36 other sum", sparse_map("0,4", "100", "abcde"), "does not fit"),
        refused("M-37 huge map", sparse_content("99999999999\n" + std::string(600, '1')), "too many pieces"),
        refused("M-37 endless number", sparse_content(std::string(2000, '1')), "incomplete"),
        refused("M-38 uid -1", RawTar{}.add({.name = "f", .uid = base_256(-1, 8)}), "out of range"),
        refused("M-39 uid 2^32", RawTar{}.add({.name = "f", .uid = base_256(1LL << 32, 8)}), "out of range"),
        refused("M-39 uid 2^32-1", RawTar{}.add({.name = "f", .uid = base_256((1LL << 32) - 1, 8)}), "out of range"),
        refused("M-39 pax uid", RawTar{}.pax({{"uid", "4294967295"}}).file("f"), "out of range"),
        refused("M-41 gid negative", RawTar{}.add({.name = "f", .gid = base_256(-7, 8)}), "out of range"),
        refused("M-42 time NaN", RawTar{}.pax({{"mtime", "NaN"}}).file("f"), "is no time"),
        refused("M-44 check sum", RawTar{}.add({.name = "f", .check_sum_error = 1}), "wrong check sum"),
        refused("M-45 spaces inside", RawTar{}.add({.name = "f", .size = "00 0000001 "}), "size is no number"),
        refused("M-45 negative", RawTar{}.add({.name = "f", .size = base_256(-1, 12)}), "size is negative"),
        refused("M-45 overflow", RawTar{}.add({.name = "f", .size = "\x80\x01" + std::string(10, '\0')}),
                "size is out of range"),
        refused("M-45 more than there is", RawTar{}.add({.name = "f", .size = octal(1U << 20U, 11)}, "x"),
                "unexpected end"),
        refused("M-46 short", pax_content("5 path=abc\n"), "length is wrong"),
        refused("M-46 long", pax_content("50 path=abc\n"), "length is wrong"),
        refused("M-46 zero", pax_content("0 path=abc\n"), "length is wrong"),
        refused("M-46 huge", pax_content("99999999999999999999 path=abc\n"), "no valid number"),
        refused("M-46 none", pax_content("path=abc\n"), "no length"),
        refused("M-46 key", pax_content("8 =abcd\n"), "no key"),
        refused("M-09 zero byte", RawTar{}.pax({{"path", std::string("a\0b", 3)}}).file("f"), "zero byte"),
        refused("M-47 1 GiB header", RawTar{}.add({.name = "p", .type = 'x', .size = octal(1U << 30U, 11)}),
                "header extension"),
        refused("M-48 many headers", many.file("f"), "in a row"),
        refused("M-49 global path", RawTar{}.pax({{"path", "all"}}, 'g').file("f"), "global"),
        refused("M-49 global size", RawTar{}.pax({{"size", "1"}}, 'g').file("f"), "global"),
        refused("M-50 two sizes", RawTar{}.pax({{"size", "3"}}).file("f", "12"), "disagree"),
        refused("M-53 attribute", RawTar{}.pax({{"SCHILY.xattr.user.a", std::string(70'000, 'x')}}).file("f"),
                "more than 65536"),
        refused("one block of zeros", RawTar{}.bytes(std::string(512, '\0')).file("f"), "block of zeros"),
        refused("header at the end", RawTar{}.pax({{"path", "x"}}), "unexpected end"),
        refused("M-58 zip", "PK\x03\x04" + std::string(600, 'z'), "invalid tar header"),
        refused("M-58 html", "<!DOCTYPE html><html>" + std::string(600, ' '), "invalid tar header"),
        refused("M-58 ELF",
                "\x7f"
                "ELF\2\1\1" +
                    std::string(600, '\0'),
                "wrong check sum"),
    };
}

} // namespace skiff::test
