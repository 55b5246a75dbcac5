// The malicious corpus (security.md section 11) as archives that a build unpacks (T-41): its context, and what ADD is given.

#include "base/cat.hpp"
#include "tests/support/bombs.hpp"
#include "tests/support/hostile_box.hpp"

#include <filesystem>

using namespace skiff::testing;
using namespace skiff::test;
using skiff::cat;

namespace {

class HostileContexts : public HostileBox
{
  protected:
    Result build_from(const std::string& archive)
    {
        RunOptions options;
        options.input = archive;
        return judge({"build", "-q", "-t", "localhost/hostile", "-"}, options);
    }
    Result build_adding(const std::string& archive)
    {
        std::filesystem::create_directories(path() + "/input/context");
        write_file("input/context/Containerfile", "FROM scratch\nADD x.tar /in/\n");
        write_file("input/context/x.tar", archive);
        return judge({"build", "-q", "-t", "localhost/hostile", path() + "/input/context"});
    }
    void expect_stopped(const Result& result, const std::string& words)
    {
        EXPECT_THAT(result, FailsWith(125, words));
        EXPECT_EQ(skiff("images", "-aq").out, "");
        EXPECT_TRUE(std::filesystem::is_empty(path() + "/data/skiff/staging")) << "something was left in the store";
        EXPECT_FALSE(std::filesystem::exists(path() + "/canary/x")) << "it was written outside";
    }
    void expect_files(const Result& result, const std::vector<std::string>& tree)
    {
        EXPECT_THAT(result, Succeeds());
        EXPECT_THAT(tree_of("localhost/hostile"), ::testing::ElementsAreArray(tree));
        EXPECT_THAT(skiff("rmi", "--all"), Succeeds());
    }

    const RawTar good = RawTar{}.file("Containerfile", "FROM scratch\nCOPY . /in/\n").file("f", "content");
    const std::vector<std::string> good_tree{"d 0755 in", "f 0644 in/Containerfile=FROM scratch\nCOPY . /in/\n", "f 0644 in/f=content"};
};

TEST_F(HostileContexts, StayInTheirDirectory)
{
    const std::string canary = path() + "/canary";
    expect_files(build_from(good.finish()), good_tree);
    struct Case
    {
        const char* name;
        RawTar tar;
        std::string words;
    };
    const Case cases[] = {
        {"above", RawTar{good}.file("../x"), "\"..\""},
        {"above by PAX", RawTar{good}.pax({{"path", "a/../../x"}}).file("f"), "\"..\""},
        {"through a link", RawTar{good}.symlink("out", canary).file("out/x"), "out"},
        {"a hard link to the host", RawTar{good}.hard_link("x", canary + "/secret"), "no such file"},
        {"a hard link through a link", RawTar{good}.symlink("out", canary).hard_link("x", "out/secret"), ""},
        {"a loop", RawTar{good}.symlink("a", "b").symlink("b", "a").file("a/x"), "a/x"},
        {"many components", RawTar{good}.pax({{"path", repeat("d/", 300) + "x"}}).file("x"), "more than 256"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_stopped(build_from(c.tar.finish()), c.words);
    }
    std::vector<std::string> with_link = good_tree;
    with_link.emplace_back(cat("l in/out -> ", canary));
    expect_files(build_from(RawTar{good}.symlink("out", canary).add({.name = "disk", .type = '4'}).finish()), with_link);
    expect_files(build_from(RawTar{}.file("/Containerfile", "FROM scratch\nCOPY x /x\n").file(canary + "/x").file("x", "inside").finish()), {"f 0644 x=inside"});
}

TEST_F(HostileContexts, ShowNothingOfTheHost)
{
    const std::string canary = path() + "/canary";
    for (const char* line : {"COPY out/secret /x", "COPY link /x", "COPY ../canary/secret /x", "ADD out/secret /x"}) {
        SCOPED_TRACE(line);
        expect_stopped(build_from(RawTar{}.file("Containerfile", cat("FROM scratch\n", line, "\n")).symlink("out", canary).symlink("link", canary + "/secret").finish()), "no such file");
    }
}

TEST_F(HostileContexts, StopAtTheBudget)
{
    time_limit = std::chrono::seconds{60}; // a GiB is granted before it is a bomb
    memory_limit_kib = 128U << 10U;
    const std::string head = RawTar{good}.add({.name = "big", .size = base_256(10LL << 30, 12)}).unfinished();
    const std::string sparse = RawTar{good}.pax({{"GNU.sparse.size", "1000000000000"}, {"GNU.sparse.map", "0,1"}}).file("big", "x").finish();
    struct Case
    {
        const char* name;
        std::string archive, words;
    };
    const Case cases[] = {
        {"a file of 10 GiB", zstd(head) + zstd_of_zeros(10 * 8192), "unpacks to more than"},
        {"zeros behind the archive", zstd(good.finish()) + zstd_of_zeros(10 * 8192), "bomb"},
        {"a hole of a terabyte", sparse, "unpacks to more than"},
        {"cut off", stored_gzip(good.finish()).substr(0, 1300), "unexpected end"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_stopped(build_from(c.archive), c.words);
        expect_stopped(build_adding(c.archive), c.words);
    }
}

TEST_F(HostileContexts, CanBeAddedWhateverTheyAre)
{
    const std::vector<HostileLayers> corpus = {layers_with_names(), layers_with_links(), layers_with_types()};
    for (const HostileLayers& layers : corpus)
        for (const HostileLayer& layer : layers) {
            SCOPED_TRACE(layer.name);
            const Result result = build_adding(layer.tar); // which judges
            EXPECT_THAT(result.code, ::testing::AnyOf(0, 125));
            skiff("rmi", "--all", "--force");
        }
    expect_files(build_adding(RawTar{}.symlink("link", "/").file("link/x", "1").finish()), {"d 0755 in", "f 0644 x=1", "l in/link -> /"});
}

} // namespace
