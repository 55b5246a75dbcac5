// Archives and directories of images that lie about what is where: docker-archive, OCI layouts, dir.

#include "base/cat.hpp"
#include "tests/support/bombs.hpp"
#include "tests/support/hostile_box.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using namespace skiff::test;
using skiff::cat;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what << " is not in " << text;
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

const std::string& content_of(const RawFiles& files, std::string_view name)
{
    for (const auto& [file, content] : files)
        if (file == name)
            return content;
    throw std::runtime_error("no such file");
}

class HostileArchives : public HostileBox
{
  protected:
    const RawLayer layer{RawTar{}.file("f", "content").finish()};
    const std::vector<std::string> tree = {"f 0644 f=content"};
    const RawFiles docker = make_raw_docker_archive("localhost/hostile:1", {layer});
    const RawFiles layout = make_raw_layout("localhost/hostile:1", {layer});
    const std::string manifest = content_of(docker, "manifest.json");
    const std::string index = content_of(layout, "index.json");

    static RawFiles with(RawFiles files, const std::string& name, std::string content)
    {
        set_file(files, name, std::move(content));
        return files;
    }
    Result load_files(const RawFiles& files) { return load(make_raw_archive(files)); }
    /// Writes the files below input/layout.
    std::string write_layout(const RawFiles& files)
    {
        const std::string root = path() + "/input/layout";
        std::filesystem::remove_all(root);
        for (const auto& [name, content] : files) {
            const std::filesystem::path file = root + "/" + name;
            std::filesystem::create_directories(file.parent_path());
            if (content.starts_with("-> "))
                std::filesystem::create_symlink(content.substr(3), file);
            else
                write_file("input/layout/" + name, content);
        }
        return root;
    }
};

TEST_F(HostileArchives, OfDockersFormStayInTheirFiles)
{
    struct Case
    {
        const char* name;
        RawFiles files;
        std::string words; ///< empty: accepted with the right tree
    };
    const std::string secret = path() + "/canary/secret";
    const Case cases[] = {
        {"good", docker, ""},
        {"a layer that is a link inside", with(with(docker, "layer0.tar", "-> x/../real.tar"), "real.tar", layer.bytes), ""},
        {"a layer with dots", with(docker, "manifest.json", replaced(manifest, "\"layer0.tar", "\"./layer0.tar")), ""},
        {"a configuration outside", with(docker, "manifest.json", replaced(manifest, "config.json", "../canary/secret")), "\"..\""},
        {"an absolute configuration", with(docker, "manifest.json", replaced(manifest, "config.json", secret)), "no file"},
        {"a layer outside", with(docker, "manifest.json", replaced(manifest, "layer0.tar", "../../canary/secret")), "\"..\""},
        {"an absolute layer", with(docker, "manifest.json", replaced(manifest, "layer0.tar", secret)), "no file"},
        {"a link out of the archive", with(docker, "layer0.tar", "-> ../../../../" + secret), "no file"},
        {"an absolute link", with(docker, "config.json", "-> " + secret), "no file"},
        {"a loop of links", with(with(docker, "layer0.tar", "-> a"), "a", "-> layer0.tar"), "loop of links"},
        {"a link to itself", with(docker, "config.json", "-> config.json"), "loop of links"},
        {"a layer of another image", with(docker, "layer0.tar", RawTar{}.file("g").finish()), "digest"},
        {"a layer that is none", with(docker, "layer0.tar", "text"), ""},
        {"the configuration is a layer", with(docker, "config.json", layer.bytes), "parsing image configuration"},
        {"no list", with(docker, "manifest.json", "{}"), "not a list"},
        {"numbers", with(docker, "manifest.json", "[1]"), "object"},
        {"depth", with(docker, "manifest.json", repeat("[", 100'000)), "nested"},
        {"a layer list of objects", with(docker, "manifest.json", replaced(manifest, "[\"layer0.tar\"]", "[{}]")), "Layers"},
        {"twice in one list", with(docker, "manifest.json", replaced(manifest, "\"layer0.tar\"", "\"layer0.tar\",\"layer0.tar\"")),
         "has 2 layers and its configuration names 1"},
        {"a million layers", with(docker, "manifest.json", replaced(manifest, "\"layer0.tar\"", "\"a\"" + repeat(",\"a\"", 1'000'000))),
         "more than 500000 values"},
        {"5 MiB of documents", with(docker, "manifest.json", std::string(5U << 20U, ' ')), "larger than 4194304"},
        {"a strange tag", with(docker, "manifest.json", replaced(manifest, "localhost/hostile:1", "../../etc:1")), "invalid reference format"},
        {"a tag with a terminal", with(docker, "manifest.json", replaced(manifest, "localhost/hostile:1", "x\\u001b[2j")),
         "invalid reference format"},
        {"nothing in it", {}, "neither index.json nor manifest.json"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        memory_limit_kib = std::string_view{c.name} == "a million layers" ? 160U << 10U : 64U << 10U;
        const Result result = load_files(c.files);
        if (c.words.empty() && std::string_view{c.name} != "a layer that is none")
            expect_tree(result, tree);
        else
            expect_refused(result, c.words);
    }
}

TEST_F(HostileArchives, MayRepeatEntries)
{
    // The last one wins, as for tar; the digests tell whether that is the right one.
    RawFiles files = docker;
    files.insert(files.begin(), {"layer0.tar", "first"});
    files.insert(files.begin(), {"manifest.json", "[]"});
    expect_tree(load_files(files), tree);
    files.emplace_back("layer0.tar", RawTar{}.file("late").finish());
    expect_refused(load_files(files), "digest");
    files.emplace_back("manifest.json", "[]");
    const Result nothing = load_files(files);
    EXPECT_EQ(nothing.out, "");
    // A device, a pipe and a directory in the place of a file are not that file.
    for (const char type : {'3', '6', '5', 'V'}) {
        SCOPED_TRACE(type);
        RawTar tar;
        for (const auto& [name, content] : docker)
            if (name == "config.json")
                tar.add({.name = name, .type = type});
            else
                tar.file(name, content);
        expect_refused(load(tar.finish()), "no file");
    }
    // A sparse file has no bytes in the archive to point at.
    RawTar sparse;
    for (const auto& [name, content] : docker)
        if (name != "config.json")
            sparse.file(name, content);
    sparse.pax({{"GNU.sparse.size", "1000000000"}, {"GNU.sparse.map", "0,1"}}).file("config.json", "x");
    expect_refused(load(sparse.finish()), "no file");
}

TEST_F(HostileArchives, OfLayoutsStayInTheirFiles)
{
    struct Case
    {
        const char* name;
        RawFiles files;
        std::string words;
    };
    const std::string layer_path = cat("blobs/sha256/", digest_of(layer.bytes).substr(7));
    const std::string config_path = cat("blobs/sha256/", digest_of(make_raw_config({layer})).substr(7));
    const std::string digest_in_index = index.substr(index.find("sha256:"), 71);
    const std::string secret = path() + "/canary/secret";
    const Case cases[] = {
        {"good", layout, ""},
        {"a digest that is a path", with(layout, "index.json", replaced(index, digest_in_index, "sha256:../../../canary/secret")),
         "invalid checksum digest format"},
        {"a digest that is a path of another kind", with(layout, "index.json", replaced(index, digest_in_index, "../canary:secret")), "digest"},
        {"a manifest that is not there", with(layout, "index.json", replaced(index, digest_in_index, "sha256:" + std::string(64, '0'))),
         "reading manifest"},
        {"another layer under its name", with(layout, layer_path, RawTar{}.file("g", "content").finish()), "digest"},
        {"a longer layer under its name", with(layout, layer_path, layer.bytes + "more"), "instead of"},
        {"another configuration under its name", with(layout, config_path, make_raw_config({layer}, R"({"User":"x"})")), "instead of"},
        {"no version", with(layout, "oci-layout", "{}"), "imageLayoutVersion"},
        {"a later version", with(layout, "oci-layout", R"({"imageLayoutVersion":"2.0.0"})"), "unsupported OCI image layout version"},
        {"a huge version", with(layout, "oci-layout", std::string(1U << 20U, ' ')), "larger than"},
        {"a strange name", with(layout, "index.json", replaced(index, "localhost/hostile:1", "../../../etc/passwd")), ""},
        {"a name with a terminal", with(layout, "index.json", replaced(index, "localhost/hostile:1", "\\u001b]0;x\\u0007")), ""},
        {"a layer that is a link out", with(layout, layer_path, "-> ../../../canary/secret"), ""},
        {"a configuration that is a link out", with(layout, config_path, "-> " + secret), ""},
        {"an index that is a link out", with(layout, "index.json", "-> " + secret), ""},
    };
    const std::vector<std::string> good = {"good", "a strange name", "a name with a terminal"};
    for (const Case& c : cases) {
        const bool accepted = std::find(good.begin(), good.end(), c.name) != good.end();
        {
            SCOPED_TRACE(cat("archive: ", c.name));
            const Result result = load_files(c.files);
            accepted ? expect_tree(result, tree) : expect_refused(result, c.words);
        }
        {
            SCOPED_TRACE(cat("directory: ", c.name));
            const std::string root = write_layout(c.files);
            const Result result = judge({"pull", "-q", "oci:" + root});
            accepted ? expect_tree(result, tree) : expect_refused(result, c.words);
        }
    }
}

TEST_F(HostileArchives, OfDirectoriesHoldFilesOnly)
{
    const std::string root = write_layout(layout);
    const std::string blob = cat(root, "/blobs/sha256/", digest_of(layer.bytes).substr(7));
    ASSERT_EQ(::unlink(blob.c_str()), 0);
    ASSERT_EQ(::mkfifo(blob.c_str(), 0600), 0);
    expect_refused(judge({"pull", "-q", "oci:" + root}), "not a regular file");
    ASSERT_EQ(::unlink(blob.c_str()), 0);
    ASSERT_EQ(::mkdir(blob.c_str(), 0700), 0);
    expect_refused(judge({"pull", "-q", "oci:" + root}), "not a regular file");
    ASSERT_EQ(::unlink((root + "/index.json").c_str()), 0);
    ASSERT_EQ(::mkfifo((root + "/index.json").c_str(), 0600), 0);
    expect_refused(judge({"pull", "-q", "oci:" + root}), "not a regular file");
    ASSERT_EQ(::mkfifo((path() + "/input/pipe").c_str(), 0600), 0);
    // A pipe that somebody writes junk to.
    Running writer{{.argv = {"/bin/sh", "-c", "echo junk > " + path() + "/input/pipe"}}};
    expect_refused(judge({"load", "-q", "-i", path() + "/input/pipe"}), "payload does not match");
    writer.finish();
    expect_refused(judge({"load", "-q", "-i", path() + "/canary"}), "neither index.json nor manifest.json");
    expect_refused(judge({"load", "-q", "-i", "/dev/null"}), "payload does not match");
}

TEST_F(HostileArchives, CostLittleMemory)
{
    // Few bytes that say much: links with targets of a mebibyte, names of 4096 bytes, hundreds of thousands of members.
    std::string links;
    std::string names;
    const std::string deep = repeat(std::string(200, 'd') + "/", 20);
    for (int i = 0; i < 600; ++i)
        links += zstd(RawTar{}.pax({{"linkpath", std::string(1'000'000, 'a')}}).symlink(cat("link", i), "x").unfinished());
    for (int i = 0; i < 100; ++i) {
        RawTar long_names;
        for (int j = 0; j < 1000; ++j)
            long_names.long_name(cat(deep, i, ".", j)).file("x");
        names += zstd(long_names.unfinished());
    }
    RawTar files;
    for (int i = 0; i < 10'000; ++i)
        files.file(cat(i));
    const std::string end = zstd(RawTar{}.finish());
    memory_limit_kib = 192U << 10U; // this process has the archives in memory, and its children inherit the figure
    struct Case
    {
        const char* name;
        std::string archive, words;
    };
    const Case cases[] = {
        {"links of a mebibyte", links + end, "more than 4096 bytes"},
        {"long names", names + end, "the names in the archive have more than"},
        {"a million files", repeat(zstd(files.unfinished()), 100) + end, "more than 200000 files"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(load(c.archive), c.words);
    }
}

} // namespace
