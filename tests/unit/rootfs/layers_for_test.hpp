#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/rootfs.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace skiff::rootfs {

/// Layers as a store keeps them, in a directory that goes away with it. Made inside the namespaces, where all owners exist.
class LayersForTest
{
  public:
    explicit LayersForTest(const std::string& parent = testing::TempDir()) : box_{parent, "skiff-rootfs-"}
    {
        make_directories(cat(box_.path(), "/container"));
    }

    [[nodiscard]] const std::string& path() const { return box_.path(); }
    [[nodiscard]] std::string container_dir() const { return cat(box_.path(), "/container"); }

    /// A new layer on top.
    LayersForTest& layer(const std::string& name = {})
    {
        layers_.push_back(cat(box_.path(), "/layers/", name.empty() ? cat("chain", layers_.size()) : name, "/diff"));
        make_directories(layers_.back(), 0755);
        ::chmod(layers_.back().c_str(), 0755);
        return *this;
    }
    LayersForTest& dir(const std::string& name, mode_t mode = 0755)
    {
        make_directories(at(name), 0755);
        ::chmod(at(name).c_str(), mode);
        return *this;
    }
    LayersForTest& file(const std::string& name, const std::string& content, mode_t mode = 0644, uid_t uid = 0, gid_t gid = 0)
    {
        write_all(open_at(AT_FDCWD, at(name), O_CREAT | O_WRONLY | O_EXCL, 0600).get(), content, name);
        EXPECT_EQ(::chown(at(name).c_str(), uid, gid), 0);
        EXPECT_EQ(::chmod(at(name).c_str(), mode), 0);
        return *this;
    }
    LayersForTest& link(const std::string& name, const std::string& target)
    {
        EXPECT_EQ(::symlink(target.c_str(), at(name).c_str()), 0);
        return *this;
    }
    LayersForTest& hard_link(const std::string& name, const std::string& of)
    {
        EXPECT_EQ(::link(at(of).c_str(), at(name).c_str()), 0);
        return *this;
    }
    LayersForTest& whiteout(const std::string& name)
    {
        EXPECT_EQ(::mknod(at(name).c_str(), S_IFCHR, makedev(0, 0)), 0);
        return *this;
    }
    LayersForTest& whiteout_by_name(const std::string& directory, const std::string& name)
    {
        return file(cat(directory, "/.wh.", name), "");
    }
    LayersForTest& opaque(const std::string& name)
    {
        EXPECT_EQ(::setxattr(at(name).c_str(), "user.overlay.opaque", "y", 1, 0), 0);
        return *this;
    }

    [[nodiscard]] RootfsRequest request(Driver driver) const
    {
        RootfsRequest request;
        request.driver = driver;
        request.layers = layers_;
        request.container_dir = container_dir();
        return request;
    }

  private:
    [[nodiscard]] std::string at(const std::string& name) const { return cat(layers_.back(), "/", name); }

    TempDir box_;
    std::vector<std::string> layers_;
};

/// Lets the tests of this process work in memory, where syncing costs nothing, if memory holds xattrs here (Linux 6.6).
/// SKIFF_TEST_ON_DISK=1 keeps them on $TEST_TMPDIR's disk.
inline void work_in_memory()
{
    const std::string dir = testing::TempDir();
    if (std::getenv("SKIFF_TEST_ON_DISK") != nullptr || ::mount("tmpfs", dir.c_str(), "tmpfs", 0, "mode=1777") != 0)
        return;
    if (::setxattr(dir.c_str(), "user.probe", "y", 1, 0) != 0)
        ::umount2(dir.c_str(), MNT_DETACH);
}

inline std::vector<std::string> names_in(const std::string& directory)
{
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : list_directory(AT_FDCWD, directory))
        names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    return names;
}

inline std::string content_of(const std::string& path) { return read_file(AT_FDCWD, path); }

inline struct stat status_of(const std::string& path)
{
    struct stat status{};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

inline void write_file(const std::string& path, const std::string& content)
{
    write_all(open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, 0644).get(), content, path);
}

} // namespace skiff::rootfs
