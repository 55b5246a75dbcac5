#include "rootfs/driver_choice.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "rootfs/fuse_overlayfs.hpp"
#include "rootfs/layer_stack.hpp"

#include <charconv>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

namespace skiff::rootfs {
namespace {

constexpr const char* cache_name = "driver.probed";
constexpr std::chrono::hours cache_life{7 * 24};

/// Changes when an earlier answer may be wrong: another boot, kernel or file system, other ids.
std::string cache_key(int dir)
{
    struct stat status{};
    struct statfs file_system{};
    utsname machine{};
    if (::fstat(dir, &status) != 0 || ::fstatfs(dir, &file_system) != 0 || ::uname(&machine) != 0)
        throw Error{errno, "looking at the data directory"};
    return cat(boot_id(), " ", static_cast<std::uint64_t>(status.st_dev), " ",
               static_cast<std::uint32_t>(file_system.f_type), " ", machine.release, " ", status.st_uid);
}

/// The cache is three lines: key, driver, reason.
std::optional<DriverChoice> find_cached(int dir, const std::string& key)
{
    const auto file = find_at(dir, cache_name, O_RDONLY | O_NOFOLLOW);
    struct stat status{};
    if (!file || ::fstat(file->get(), &status) != 0 || wall_now().time_since_epoch() - std::chrono::seconds{status.st_mtim.tv_sec} > cache_life)
        return std::nullopt;
    const std::string text = read_all(file->get(), 65536, cache_name);
    const std::size_t first = text.find('\n');
    const std::size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
    if (second == std::string::npos || text.compare(0, first, key) != 0)
        return std::nullopt;
    const auto driver = find_driver(text.substr(first + 1, second - first - 1));
    if (!driver)
        return std::nullopt;
    return DriverChoice{*driver, text.substr(second + 1)};
}

/// What a container does in its first second, and what it must leave behind on disk.
void exercise(const RootfsRequest& request)
{
    const auto expect = [](bool holds, const char* what) {
        if (!holds)
            throw Error{ErrorKind::Failure, what};
    };
    Rootfs rootfs = mount_rootfs(request);
    const int root = rootfs.fd();
    expect(read_file(root, "file") == "lower", "a mounted tree does not show its layer");
    write_all(open_at(root, "file", O_WRONLY | O_APPEND).get(), " and upper", "file");
    expect(read_file(root, "file") == "lower and upper", "a file cannot be changed");
    expect(remove_file_at(root, "deleted") && !exists_at(root, "deleted"), "a file cannot be deleted");
    expect(remove_tree_at(root, "dir") && ::mkdirat(root, "dir", 0755) == 0, "a directory cannot be replaced");
    expect(!exists_at(root, "dir/inner"), "a replaced directory shows old files");
    open_at(root, "moved", O_CREAT | O_WRONLY, 0600).reset(); // an open file would outlive the mount
    expect(::renameat(root, "moved", root, "there") == 0, "a file cannot be renamed");
    rootfs.unmount();
    if (request.driver != Driver::Overlay)
        return;
    const UniqueFd upper = open_at(AT_FDCWD, changes_directory(request), O_RDONLY | O_DIRECTORY);
    struct stat status{};
    expect(::fstatat(upper.get(), "deleted", &status, AT_SYMLINK_NOFOLLOW) == 0 && is_whiteout(status),
           "deletions do not reach the disk");
    expect(is_opaque(open_at(upper.get(), "dir", O_RDONLY | O_DIRECTORY).get()),
           "the file system below has no user extended attributes");
}

std::string find_problem_by_trying(Driver driver, const std::string& dir)
{
    try {
        const TempDir scratch{dir, ".probe-"};
        const UniqueFd box = open_at(AT_FDCWD, scratch.path(), O_RDONLY | O_DIRECTORY);
        make_directories(cat(scratch.path(), "/layer/dir"));
        make_directories(cat(scratch.path(), "/empty-layer"));
        make_directories(cat(scratch.path(), "/container"));
        for (const char* name : {"layer/file", "layer/deleted", "layer/dir/inner"})
            write_all(open_at(box.get(), name, O_CREAT | O_WRONLY, 0600).get(), "lower", name);
        RootfsRequest request;
        request.driver = driver;
        request.layers = {cat(scratch.path(), "/layer"), cat(scratch.path(), "/empty-layer")};
        request.container_dir = cat(scratch.path(), "/container");
        exercise(request);
        return {};
    } catch (const Error& error) {
        return error.message();
    }
}

DriverChoice probe(const std::string& data_dir)
{
    DriverChoice choice;
    for (const Driver driver : {Driver::Overlay, Driver::FuseOverlayfs}) {
        const std::string problem = find_driver_problem(driver, data_dir);
        if (problem.empty()) {
            choice.driver = driver;
            choice.why += driver == Driver::Overlay ? "the kernel mounts overlays for users on this file system"
                                                    : "fuse-overlayfs works";
            return choice;
        }
        choice.why += cat(to_string(driver), ": ", problem, "; ");
    }
    choice.driver = Driver::Copy;
    choice.why += "each container gets a copy of its image";
    return choice;
}

} // namespace

std::string find_driver_problem(Driver driver, const std::string& dir)
{
    if (driver == Driver::FuseOverlayfs)
        if (std::string problem = find_fuse_overlayfs_problem(); !problem.empty())
            return problem;
    return find_problem_by_trying(driver, dir);
}

DriverChoice choose_driver(const std::string& data_dir)
{
    const UniqueFd dir = open_at(AT_FDCWD, data_dir, O_RDONLY | O_DIRECTORY);
    const std::string key = cache_key(dir.get());
    if (auto cached = find_cached(dir.get(), key))
        return *cached;
    DriverChoice choice = probe(data_dir);
    try {
        save_atomically(dir.get(), cache_name, cat(key, "\n", to_string(choice.driver), "\n", choice.why), Durability::None);
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; the driver will be probed again"));
    }
    return choice;
}

} // namespace skiff::rootfs
