#include "layer_fixture.hpp"

#include "archive/whiteout.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace skiff::archive {
namespace {

void list_into(int dir, const std::string& above, std::vector<std::string>& lines)
{
    for (const DirectoryEntry& entry : list_directory(dir)) {
        const std::string path = above + entry.name;
        struct stat status
        {
        };
        EXPECT_EQ(::fstatat(dir, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0) << path;
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777U);
        const std::string owner =
            status.st_uid == 0 && status.st_gid == 0 ? "" : cat(" ", status.st_uid, ":", status.st_gid);
        if (S_ISDIR(status.st_mode)) {
            const UniqueFd fd = open_at(dir, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            lines.push_back(cat("d ", mode, owner, " ", path, is_opaque(fd.get()) ? " opaque" : ""));
            list_into(fd.get(), path + "/", lines);
        } else if (S_ISREG(status.st_mode)) {
            const std::string content =
                status.st_size < 100 ? read_file(dir, entry.name) : cat("[", status.st_size, "]");
            lines.push_back(cat("f ", mode, owner, " ", path, "=", content));
        } else if (S_ISLNK(status.st_mode)) {
            lines.push_back(cat("l", owner, " ", path, " -> ", read_link_at(dir, entry.name)));
        } else if (is_whiteout_device(status)) {
            lines.push_back(cat("w ", path));
        } else if (S_ISFIFO(status.st_mode)) {
            lines.push_back(cat("p ", mode, " ", path));
        } else {
            lines.push_back(cat("? ", path));
        }
    }
}

} // namespace

std::vector<std::string> list_tree(int root)
{
    std::vector<std::string> lines;
    list_into(root, "", lines);
    std::sort(lines.begin(), lines.end());
    return lines;
}

LayerTest::LayerTest()
{
    base_ = open_at(AT_FDCWD, dir_.path(), O_RDONLY | O_DIRECTORY);
    root_ = make_directory_at(base_.get(), "root", 0755);
    save_atomically(base_.get(), "canary", "sings", Durability::None);
}

void LayerTest::TearDown()
{
    EXPECT_EQ(read_file(base_.get(), "canary"), "sings");
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : list_directory(base_.get()))
        names.push_back(entry.name);
    EXPECT_THAT(names, testing::IsSubsetOf({"root", "canary", "split", "lower", "second"}));
}

bool LayerTest::has_ids() { return read_file(AT_FDCWD, "/proc/self/uid_map").find("65536") != std::string::npos; }

std::vector<std::string> LayerTest::tree() { return list_tree(root_.get()); }

Outcome LayerTest::unpack_all(std::string_view tar, UnpackOptions options, std::size_t piece_bytes)
{
    Outcome outcome;
    const UniqueFd split = open_at(base_.get(), "split", O_RDWR | O_CREAT | O_TRUNC, 0600);
    try {
        MemorySource source{tar, piece_bytes};
        BufferedChunks chunks{source};
        TarSplitWriter writer{split.get()};
        TarReader reader{chunks, &writer};
        outcome.summary = unpack(reader, root_.get(), &writer, options);
        writer.finish();
        StringSink again;
        rebuild_tar(split.get(), root_.get(), again);
        EXPECT_TRUE(again.text() == tar) << "the stream that was made again differs";
    } catch (const NeedsLower& error) {
        outcome.error = error.message();
        outcome.needs_lower = true;
    } catch (const Error& error) {
        outcome.error = error.message();
        outcome.hint = error.hint();
    }
    outcome.tree = tree();
    return outcome;
}

} // namespace skiff::archive
