// One mount(2), with everything in its option text, where that fits a page: as quick as the ten and more calls of the
// descriptor API, whose strings end at 255 bytes and whose `lowerdir+` is young (Linux 6.8); nothing is gained by a detached
// overlay here. Where it does not fit (more than some thirty layers, long paths) or a path contains
// ':', ',' or '\' (security.md R15), the same text names descriptors: all directories are opened, the working
// directory becomes /proc/self/fd, and the names are numbers. Both forms work on every kernel that lets users mount overlays.
//
// `userxattr` also switches redirect_dir and metacopy off; naming these options besides it makes some kernels refuse.

#include "rootfs/overlay.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "kernel/refusals.hpp"
#include "rootfs/container_dirs.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"
#include "rootfs/shifted_layer.hpp"

#include <sys/mount.h>
#include <sys/xattr.h>

namespace skiff::rootfs {
namespace {

constexpr std::size_t max_option_bytes = 4095; // one page with its final zero

std::string join_lowers(const OverlayPlan& plan)
{
    std::string text;
    for (const std::string& lower : plan.lowers)
        text += cat(text.empty() ? "" : ":", lower);
    for (const std::string& data : plan.data_only)
        text += cat("::", data);
    return text;
}

std::string join_options(const OverlayPlan& plan)
{
    std::string text = cat("userxattr,index=off", plan.volatile_writes && !plan.upper.empty() ? ",volatile" : "",
                           ",lowerdir=", join_lowers(plan));
    if (!plan.upper.empty())
        text += cat(",upperdir=", plan.upper, ",workdir=", plan.work);
    return text;
}

bool has_separator(const std::string& path) { return path.find_first_of(":,\\") != std::string::npos; }

int mount_with(const std::string& options, const OverlayPlan& plan)
{
    const unsigned long flags = plan.upper.empty() ? MS_RDONLY : 0;
    return ::mount("overlay", plan.target.c_str(), "overlay", flags, options.c_str()) == 0 ? 0 : errno;
}

int mount_by_numbers(const OverlayPlan& plan)
{
    std::vector<UniqueFd> opened;
    const auto number = [&](const std::string& path) {
        opened.push_back(open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY));
        return std::to_string(opened.back().get());
    };
    OverlayPlan numbers = plan;
    for (auto* list : {&numbers.lowers, &numbers.data_only})
        for (std::string& path : *list)
            path = number(path);
    if (!plan.upper.empty()) {
        numbers.upper = number(plan.upper);
        numbers.work = number(plan.work);
    }
    const std::string options = join_options(numbers);
    if (options.size() > max_option_bytes)
        throw Error{ErrorKind::Failure, cat("mounting ", plan.lowers.size(), " layers: the kernel takes about 500")};
    const UniqueFd before = open_at(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
    if (::chdir("/proc/self/fd") != 0)
        throw Error{errno, "entering /proc/self/fd"};
    const Defer back{[&] { (void)!::fchdir(before.get()); }};
    return mount_with(options, numbers);
}

/// A mount with `volatile` leaves a mark that makes the kernel refuse the next one: after a crash, data may be torn. Ours
/// are mounted so only when their data need not survive, and a container that is started again was stopped cleanly.
bool remove_volatile_mark(const OverlayPlan& plan)
{
    const UniqueFd work = open_at(AT_FDCWD, plan.work, O_PATH | O_DIRECTORY);
    return exists_at(work.get(), "work/incompat") && remove_tree_at(work.get(), "work/incompat");
}

std::vector<std::string> topmost_first(const std::vector<std::string>& layers) { return {layers.rbegin(), layers.rend()}; }

TwinRequest twins_of(const RootfsRequest& request) { return {request.layers, request.twins_dir, request.id_map}; }

/// The overlay's layers for a container whose owners are shifted, or not ours; the light form where the kernel has it.
void use_twins(OverlayPlan& plan, const RootfsRequest& request)
{
    const TwinRequest twins = twins_of(request);
    auto redirecting = find_redirecting_twin(twins);
    if (!redirecting) {
        if (const auto copies = find_copied_twins(twins)) {
            plan.lowers = topmost_first(*copies);
            return;
        }
        if (!supports_redirecting_twins(request.container_dir)) {
            plan.lowers = topmost_first(make_copied_twins(twins));
            return;
        }
        redirecting = make_redirecting_twin(twins);
    }
    plan.lowers = {std::move(*redirecting)};
    plan.data_only = topmost_first(request.layers);
}

OverlayPlan make_plan(const RootfsRequest& request)
{
    OverlayPlan plan;
    if (needs_shift(request.id_map) || (!request.twins_dir.empty() && has_foreign_layer(request.layers)))
        use_twins(plan, request);
    else
        plan.lowers = topmost_first(request.layers);
    plan.target = cat(request.container_dir, "/merged");
    plan.volatile_writes = request.volatile_writes;
    if (!request.read_only) {
        plan.upper = cat(request.container_dir, "/upper");
        plan.work = cat(request.container_dir, "/work");
    } else if (plan.lowers.size() == 1) {
        plan.lowers.push_back(cat(request.container_dir, "/empty")); // the kernel wants two when there is no upper one
    }
    return plan;
}

} // namespace

std::string make_overlay_options(const OverlayPlan& plan)
{
    for (const auto* list : {&plan.lowers, &plan.data_only})
        for (const std::string& path : *list)
            if (has_separator(path))
                return {};
    if (has_separator(plan.upper))
        return {};
    std::string options = join_options(plan);
    return options.size() <= max_option_bytes ? options : std::string{};
}

int try_mount_overlay(const OverlayPlan& plan)
{
    const std::string options = make_overlay_options(plan);
    int error = options.empty() ? mount_by_numbers(plan) : mount_with(options, plan);
    if (error == EINVAL && !plan.upper.empty() && remove_volatile_mark(plan))
        error = options.empty() ? mount_by_numbers(plan) : mount_with(options, plan);
    return error;
}

Rootfs mount_overlay(const RootfsRequest& request)
{
    make_container_dirs(request);
    OverlayPlan plan = make_plan(request);
    int error = try_mount_overlay(plan);
    if (error == EINVAL && !plan.data_only.empty()) {
        // The twins were made under a newer kernel than this one.
        log::debug("this kernel does not know data-only layers; copying the layers");
        plan.lowers = topmost_first(make_copied_twins(twins_of(request)));
        plan.data_only.clear();
        error = try_mount_overlay(plan);
    }
    if (error != 0)
        throw kernel::explained(kernel::Refused::OverlayMount, error, cat("mounting an overlay on ", quoted(plan.target)));
    return Rootfs{plan.target, open_at(AT_FDCWD, plan.target, O_PATH | O_DIRECTORY), std::nullopt};
}

bool supports_redirecting_twins(const std::string& scratch_dir)
{
    try {
        const TempDir scratch{scratch_dir, ".probe-"};
        const UniqueFd dir = open_at(AT_FDCWD, scratch.path(), O_RDONLY | O_DIRECTORY);
        for (const char* name : {"data", "light", "upper", "work", "merged"})
            (void)make_directory_at(dir.get(), name);
        write_all(open_at(dir.get(), "data/file", O_CREAT | O_WRONLY, 0600).get(), "content", "probe");
        const UniqueFd light = open_at(dir.get(), "light/file", O_CREAT | O_WRONLY, 0600);
        if (::ftruncate(light.get(), 7) != 0 || ::fsetxattr(light.get(), "user.overlay.redirect", "/file", 5, 0) != 0 ||
            ::fsetxattr(light.get(), "user.overlay.metacopy", "", 0, 0) != 0)
            return false;
        const auto path = [&](const char* name) { return cat(scratch.path(), "/", name); };
        if (try_mount_overlay({.lowers = {path("light")},
                               .data_only = {path("data")},
                               .upper = path("upper"),
                               .work = path("work"),
                               .target = path("merged")}) != 0)
            return false;
        const Defer unmount{[&] { ::umount2(path("merged").c_str(), MNT_DETACH); }};
        return read_file(dir.get(), "merged/file") == "content";
    } catch (const Error& error) {
        log::debug(cat("probing data-only layers: ", error.message()));
        return false;
    }
}

} // namespace skiff::rootfs
