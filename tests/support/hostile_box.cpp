#include "tests/support/hostile_box.hpp"

#include "archive/tar_reader.hpp"
#include "base/cat.hpp"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::testing {
namespace {

namespace fs = std::filesystem;

// Sanitizers have memory of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_tells = false;
#elif defined(__has_feature)
constexpr bool memory_tells = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool memory_tells = true;
#endif

std::string describe(const fs::path& path)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return "unreadable";
    std::string text = cat(status.st_ino, " ", status.st_mode, " ", status.st_uid, " ", status.st_nlink, " ", status.st_size, " ",
                           status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, " ", status.st_ctim.tv_sec, ".", status.st_ctim.tv_nsec);
    return text;
}

std::string describe(const archive::TarEntry& entry, const std::string& path, const std::string& content)
{
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", entry.mode);
    const std::string owner = entry.uid == 0 && entry.gid == 0 ? "" : cat(" ", entry.uid, ":", entry.gid);
    switch (entry.type) {
    case archive::EntryType::Directory:
        return cat("d ", mode, owner, " ", path);
    case archive::EntryType::Regular:
        return cat("f ", mode, owner, " ", path, "=", content.size() < 100 ? content : cat("[", content.size(), "]"));
    case archive::EntryType::Symlink:
        return cat("l", owner, " ", path, " -> ", entry.link_target);
    case archive::EntryType::Fifo:
        return cat("p ", mode, " ", path);
    default:
        return cat("? ", path);
    }
}

std::string without_slash(std::string path)
{
    if (path.starts_with("./"))
        path.erase(0, 2);
    if (path.ends_with('/'))
        path.pop_back();
    return path;
}

} // namespace

void HostileBox::SetUp()
{
    Box::SetUp();
    if (IsSkipped())
        return;
    make_directory("canary");
    make_directory("canary/closed", 0700);
    write_file("canary/secret", "secret of the host");
    write_file("canary/program", "#!/bin/sh\n", 0755);
    write_file("home/.profile", "umask 022\n");
    write_file("data/notes", "beside the store");
    make_directory("input");
    // The store as it is when it has been used once.
    const std::string layer = test::RawTar{}.file("x", "x").finish();
    write_file("input/archive", test::make_raw_archive(test::make_raw_docker_archive("localhost/first:1", {{layer}})));
    EXPECT_THAT(skiff("load", "-q", "-i", path() + "/input/archive"), Succeeds());
    EXPECT_THAT(skiff("create", "-q", "--name", "first", "localhost/first:1", "x"), Succeeds());
    EXPECT_THAT(skiff("rm", "first"), Succeeds());
    EXPECT_THAT(skiff("rmi", "--all"), Succeeds());
    around_ = look_around();
    empty_store_ = look_into_store();
}

void HostileBox::TearDown()
{
    if (!IsSkipped()) {
        EXPECT_EQ(look_around(), around_) << "files around the store have changed";
    }
    Box::TearDown();
}

HostileBox::Snapshot HostileBox::look_around()
{
    Snapshot snapshot;
    for (const char* place : {"canary", "home", "config", "tmp", "data"})
        for (auto entry = fs::recursive_directory_iterator{path() + "/" + place}; entry != fs::end(entry); ++entry) {
            if (entry->path() == path() + "/data/skiff") {
                entry.disable_recursion_pending();
                continue;
            }
            snapshot[entry->path()] = describe(entry->path()) + (entry->is_regular_file() ? read_file(entry->path()) : "");
        }
    return snapshot;
}

HostileBox::Snapshot HostileBox::look_into_store()
{
    Snapshot snapshot;
    for (auto entry = fs::recursive_directory_iterator{path() + "/data/skiff"}; entry != fs::end(entry); ++entry) {
        if (entry.depth() == 2)
            entry.disable_recursion_pending();
        const std::string name = entry->path().lexically_relative(path() + "/data/skiff");
        if (!name.starts_with("events"))
            snapshot[name] = {};
    }
    return snapshot;
}

Result HostileBox::judge(const std::vector<std::string>& words, const RunOptions& options)
{
    std::vector<std::string> argv{program()};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto start = std::chrono::steady_clock::now();
    Result result = run(argv, options);
    EXPECT_LT(std::chrono::steady_clock::now() - start, time_limit * slowness()) << "it took too long";
    if (memory_tells) {
        EXPECT_LT(result.peak_memory_kib, memory_limit_kib) << "it took too much memory";
    }
    EXPECT_LT(result.code, 128) << "it crashed:\n" << ::testing::PrintToString(result);
    for (const char character : result.err)
        EXPECT_TRUE(character == '\n' || static_cast<unsigned char>(character) >= 0x20)
            << "a control character in the message: " << result.err;
    EXPECT_EQ(look_around(), around_) << "files around the store have changed";
    return result;
}

Result HostileBox::load(const std::string& archive)
{
    write_file("input/archive", archive);
    return judge({"load", "-q", "-i", path() + "/input/archive"});
}

Result HostileBox::pull(const std::string& name, const std::vector<std::string>& options)
{
    std::vector<std::string> words{"pull", "-q", "--tls-verify=false", "--retry", "1", "--retry-delay", "10ms"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(name);
    return judge(words);
}

void HostileBox::expect_refused(const Result& result, const std::string& words)
{
    EXPECT_THAT(result, FailsWith(125, words));
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(look_into_store(), empty_store_) << "something was left in the store";
    if (result.code == 0)
        skiff("rmi", "--all", "--force");
}

void HostileBox::expect_accepted(const Result& result)
{
    EXPECT_THAT(result, Succeeds());
    EXPECT_THAT(skiff("rmi", "--all", "--force"), Succeeds());
    EXPECT_EQ(look_into_store(), empty_store_) << "something was left in the store";
}

void HostileBox::expect_tree(const Result& result, const std::vector<std::string>& tree)
{
    EXPECT_THAT(result, Succeeds());
    if (result.code == 0) {
        const std::string image = skiff("images", "-q").line();
        std::vector<std::string> wanted;
        for (std::string line : tree) { // whiteouts and opaque directories are nothing in a whole tree
            if (line.starts_with("w "))
                continue;
            if (line.starts_with("d ") && line.ends_with(" opaque"))
                line.resize(line.size() - 7);
            wanted.push_back(line);
        }
        EXPECT_THAT(tree_of(image), ::testing::ElementsAreArray(wanted));
    }
    expect_accepted(result);
}

std::vector<std::string> HostileBox::tree_of(const std::string& image)
{
    EXPECT_THAT(skiff("create", "-q", "--name", "looked-at", image, "x"), Succeeds());
    EXPECT_THAT(skiff("export", "-o", path() + "/input/tree", "looked-at"), Succeeds());
    EXPECT_THAT(skiff("rm", "looked-at"), Succeeds());
    const std::string bytes = read_file(path() + "/input/tree");
    archive::MemorySource source{bytes, SIZE_MAX};
    archive::BufferedChunks chunks{source};
    archive::TarReader reader{chunks};
    std::map<std::string, std::pair<archive::TarEntry, std::string>> files; // for hard links
    std::vector<std::string> lines;
    while (const archive::TarEntry* entry = reader.next()) {
        std::string content;
        for (std::string_view piece = reader.read(); !piece.empty(); piece = reader.read())
            content += piece;
        const std::string name = without_slash(entry->path);
        if (name.empty() || name == ".")
            continue;
        if (entry->type == archive::EntryType::HardLink)
            files[name] = files[without_slash(entry->link_target)];
        else
            files[name] = {*entry, content};
        lines.push_back(describe(files[name].first, name, files[name].second));
    }
    std::sort(lines.begin(), lines.end());
    ::unlink((path() + "/input/tree").c_str());
    return lines;
}

} // namespace skiff::testing
