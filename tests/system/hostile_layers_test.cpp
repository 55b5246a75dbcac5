// The malicious corpus (security.md section 11), M-01 to M-70: layers, loaded as images by the program; what they become is looked
// at through the storage driver.

#include "tests/support/hostile_box.hpp"

#include <algorithm>

using namespace skiff::testing;
using skiff::test::HostileLayer;
using skiff::test::HostileLayers;
using skiff::test::make_raw_archive;
using skiff::test::make_raw_docker_archive;
using skiff::test::RawLayer;
using skiff::test::RawTar;
using ::testing::HasSubstr;

namespace {

class HostileLayersOfImages : public HostileBox
{
  protected:
    Result load_layers(const std::vector<RawLayer>& layers)
    {
        return load(make_raw_archive(make_raw_docker_archive("localhost/hostile:1", layers)));
    }
    bool is_second_driver() { return !storage_driver().empty() && storage_driver() != "overlay"; }
    void expect_outcomes(const HostileLayers& layers)
    {
        for (const HostileLayer& layer : layers) {
            SCOPED_TRACE(layer.name);
            if (!layer.refusal.empty() && is_second_driver()) // what is refused never gets as far as a driver
                continue;
            const Result result = load_layers({{layer.tar}});
            if (!layer.refusal.empty())
                expect_refused(result, layer.refusal);
            else
                expect_tree(result, layer.tree);
            if (layer.warnings > 0) {
                EXPECT_THAT(result.err, HasSubstr("Warning: layer "));
            }
        }
    }
};

TEST_F(HostileLayersOfImages, StayInsideByTheirNames) { expect_outcomes(skiff::test::layers_with_names()); }
TEST_F(HostileLayersOfImages, StayInsideByTheirLinks) { expect_outcomes(skiff::test::layers_with_links()); }
TEST_F(HostileLayersOfImages, MayRepeatNames) { expect_outcomes(skiff::test::layers_with_repetitions()); }
TEST_F(HostileLayersOfImages, MakeNoDevices) { expect_outcomes(skiff::test::layers_with_types()); }
TEST_F(HostileLayersOfImages, RemoveNothingOutside) { expect_outcomes(skiff::test::layers_with_whiteouts()); }
TEST_F(HostileLayersOfImages, HaveHeadersThatAreRight) { expect_outcomes(skiff::test::layers_with_headers()); }

TEST_F(HostileLayersOfImages, MeetTheLayersBelowAsTheSpecificationSays)
{
    const RawTar lower = RawTar{}
                             .file("etc/x", "lower")
                             .file("usr/bin/perl", "elf", "0000755")
                             .symlink("bin", "usr/bin")
                             .symlink("out", "/canary")
                             .directory("keep");
    const std::vector<std::string> keep = {"d 0755 keep", "d 0755 usr", "d 0755 usr/bin", "f 0755 usr/bin/perl=elf",
                                           "l bin -> usr/bin", "l out -> /canary"};
    struct Case
    {
        const char* name;
        RawTar upper;
        std::vector<std::string> more; ///< besides `keep`
    };
    const Case cases[] = {
        {"nothing", RawTar{}, {"d 0755 etc", "f 0644 etc/x=lower"}},
        {"M-19", RawTar{}.hard_link("h", "bin/perl"), {"d 0755 etc", "f 0644 etc/x=lower", "f 0755 h=elf"}},
        {"M-29 char 0:0 is no whiteout", RawTar{}.add({.name = "etc", .type = '3'}), {"d 0755 etc", "f 0644 etc/x=lower"}},
        {"whiteout", RawTar{}.file(".wh.etc"), {}},
        {"M-63", RawTar{}.file(".wh.etc").file("etc/y", "upper"), {"d 0755 etc", "f 0644 etc/y=upper"}},
        {"M-64", RawTar{}.file("etc/y", "upper").file(".wh.etc"), {"d 0755 etc", "f 0644 etc/y=upper"}},
        {"M-65", RawTar{}.file("etc/y", "upper").file("etc/.wh..wh..opq"), {"d 0755 etc", "f 0644 etc/y=upper"}},
        {"M-23 file over directory", RawTar{}.file("etc", "upper"), {"f 0644 etc=upper"}},
        {"a whiteout below a file", RawTar{}.file("etc/x/.wh.y"), {"d 0755 etc", "d 0755 etc/x"}},
        {"M-51 attributes steer nothing",
         RawTar{}.pax({{"SCHILY.xattr.user.overlay.opaque", "y"},
                       {"SCHILY.xattr.user.overlay.redirect", "/usr"},
                       {"SCHILY.xattr.trusted.overlay.opaque", "y"},
                       {"SCHILY.xattr.user.fuseoverlayfs.opaque", "y"},
                       {"SCHILY.xattr.user.containers.override_stat", "0:0:0777:file"}})
             .directory("etc"),
         {"d 0755 etc", "f 0644 etc/x=lower"}},
        {"M-66", RawTar{}.file(".wh..wh.aufs", "x"), {"d 0755 etc", "f 0644 etc/x=lower"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        std::vector<std::string> tree = keep;
        tree.insert(tree.end(), c.more.begin(), c.more.end());
        std::sort(tree.begin(), tree.end());
        expect_tree(load_layers({{lower.finish()}, {c.upper.finish()}}), tree);
    }
    // M-11 over layers: each layer's own links are followed inside; a lower layer's link is replaced by the directory that is meant.
    SCOPED_TRACE("through a link of the lower layer");
    const Result through = load_layers({{lower.finish()}, {RawTar{}.file("out/x", "1").finish()}});
    EXPECT_THAT(through, Succeeds());
    expect_accepted(through);
}

TEST_F(HostileLayersOfImages, GiveNothingToStrangers)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only: owners are kept in an attribute";
    // M-40, M-25
    expect_refused(load_layers({{RawTar{}.add({.name = "f", .uid = skiff::test::octal(1'000'000, 7)}).finish()}}), "1000000:0");
    expect_tree(load_layers({{RawTar{}
                                  .add({.name = "./", .type = '5', .mode = "0000777", .uid = "0000005"})
                                  .add({.name = "f", .uid = "0000007", .user = "root", .group = "root"}) // M-43
                                  .finish()}}),
                {"f 0644 7:0 f="});
}

TEST_F(HostileLayersOfImages, AreCutAtTheirLimits)
{
    if (is_second_driver())
        GTEST_SKIP() << "no matter of the driver";
    memory_limit_kib = 256U << 10U; // this process alone has more for a moment, and its children inherit the figure
    RawTar links;
    links.file("t");
    for (int i = 0; i < 70'000; ++i) // M-21: ext4 and others end at 65,000
        links.hard_link("t" + std::to_string(i), "t");
    expect_refused(load_layers({{links.finish()}}), "links");
    // M-35: 4 EiB in three blocks
    expect_refused(load_layers({{RawTar{}
                                     .pax({{"GNU.sparse.size", "4611686018427387904"}, {"GNU.sparse.map", "0,1"}})
                                     .file("s", "a")
                                     .finish()}}),
                   "unpacks to more than");
    // M-57: at every block
    const std::string whole = RawTar{}.pax({{"path", "long"}}).file("a", std::string(700, 'x')).directory("b").finish();
    for (std::size_t size = 512; size + 1024 < whole.size(); size += 512) {
        SCOPED_TRACE(size);
        // The diff id is that of the whole: what is missing is missed.
        expect_refused(load_layers({{whole.substr(0, size), skiff::test::digest_of(whole)}}), "");
    }
}

} // namespace
