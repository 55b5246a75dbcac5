#include "runtime/mount_plan.hpp"

#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "runtime/mount_options.hpp"
#include "runtime/tmpfs_copy.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

namespace skiff::runtime {
namespace {

/// The six that every container has. Source: runtime-spec, config-linux.md, Default Devices.
struct DefaultDevice
{
    const char* name;
    const char* host_path;
    unsigned major, minor;
};

constexpr std::array<DefaultDevice, 6> default_devices{{
    {"null", "/dev/null", 1, 3},
    {"zero", "/dev/zero", 1, 5},
    {"full", "/dev/full", 1, 7},
    {"random", "/dev/random", 1, 8},
    {"urandom", "/dev/urandom", 1, 9},
    {"tty", "/dev/tty", 5, 0},
}};

constexpr std::array<LinkStep, 6> default_links{{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    {"ptmx", "pts/ptmx"},
    {"core", "/proc/kcore"},
}};

/// What may be mounted below /proc: files that describe the machine and steer nothing (R14). Source: runc.
constexpr std::string_view allowed_below_proc[] = {
    "proc/cpuinfo",
    "proc/diskstats",
    "proc/meminfo",
    "proc/stat",
    "proc/swaps",
    "proc/uptime",
    "proc/loadavg",
    "proc/slabinfo",
    "proc/sys/kernel/ns_last_pid",
    "proc/sys/crypto/fips_enabled",
};

class MountPlanner
{
  public:
    MountPlanner(PreparedInit& prepared, const CreateOptions& options)
        : out_{prepared}, plan_{prepared.plan}, options_{options}, memory_{prepared.process.memory}
    {
    }

    void run()
    {
        plan_root();
        for (const oci::SpecMount& mount : out_.spec.mounts)
            while_doing(cat("mounting ", quoted(mount.source.empty() ? mount.type : mount.source), " on ",
                            quoted(mount.destination)),
                        [&] { plan_mount(mount); });
        plan_devices();
        plan_paths();
        plan_.mounts = out_.mounts;
    }

  private:
    [[nodiscard]] bool has_own(std::uint64_t flag) const { return (out_.clone_flags & flag) != 0; }

    void plan_root()
    {
        const std::string& path = out_.spec.root_path;
        UniqueFd opened;
        int root = options_.root_fd;
        if (root < 0) {
            opened = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
            root = opened.get();
        }
        plan_.root = clone_tree(root, "", true);
        if (plan_.root.fd < 0)
            plan_.root.path = memory_.keep(options_.root_fd < 0 ? path : path_of_fd(root));
        plan_.root_readonly = out_.spec.root_readonly;
        plan_.root_propagation = parse_mount_options({out_.spec.rootfs_propagation}).propagation;
    }

    /// A detached copy of the host's tree at `path`, a link as such, or of `dir` itself; by path where the mount API is
    /// missing.
    TreeSource clone_tree(int dir, const std::string& path, bool recursive)
    {
        TreeSource tree;
        if (!kernel::has_mount_api()) {
            tree.path = memory_.keep(path);
            return tree;
        }
        const auto clone = [&](kernel::Recursive deep) { return kernel::clone_mount(dir, path, deep); };
        try {
            tree.fd = memory_.keep(clone(recursive ? kernel::Recursive::Yes : kernel::Recursive::No));
        } catch (const Error& error) {
            if (error.errno_value() != EINVAL || recursive)
                throw;
            // Mounts below are locked: whoever shows the one must show the others.
            tree.fd = memory_.keep(clone(kernel::Recursive::Yes));
        }
        return tree;
    }

    void plan_mount(const oci::SpecMount& mount)
    {
        const std::string target = clean_destination(mount.destination);
        if (target.empty())
            throw Error{ErrorKind::Failure, "nothing can be mounted on the container's root"};
        const MountOptions options = parse_mount_options(mount.options);
        MountStep step;
        step.target = memory_.keep(target);
        step.attributes = options.attributes;
        step.propagation = options.propagation;
        if (options.bind || mount.type == "bind" || mount.type == "rbind")
            plan_bind(step, mount, options);
        else
            plan_filesystem(step, mount, options);
        out_.mounts.push_back(step);
    }

    void plan_bind(MountStep& step, const oci::SpecMount& mount, const MountOptions& options)
    {
        step.is_tree = true;
        // The user's path: links in it are the user's own and lead where they lead.
        const UniqueFd source = open_at(AT_FDCWD, mount.source, O_PATH);
        step.tree = clone_tree(source.get(), "", options.recursive || mount.type == "rbind");
        if (step.tree.fd < 0)
            step.tree.path = memory_.keep(mount.source);
        struct stat status
        {
        };
        struct statfs filesystem
        {
        };
        const int looked = step.tree.fd >= 0 ? ::fstat(step.tree.fd, &status) : ::stat(mount.source.c_str(), &status);
        const int asked =
            step.tree.fd >= 0 ? ::fstatfs(step.tree.fd, &filesystem) : ::statfs(mount.source.c_str(), &filesystem);
        if (looked != 0 || asked != 0)
            throw Error{errno, cat("statfs ", quoted(mount.source))};
        step.target_is_directory = S_ISDIR(status.st_mode);
        step.tree.device = status.st_dev;
        step.tree.inode = status.st_ino;
        check_proc_destination(step, filesystem.f_type == PROC_SUPER_MAGIC);
        if (step.tree.fd >= 0)
            set_tree_attributes(step.tree.fd, step.attributes,
                                step.propagation != 0 ? step.propagation : MS_PRIVATE | MS_REC);
    }

    static void check_proc_destination(MountStep& step, bool is_proc)
    {
        const std::string_view target = step.target;
        const bool allowed = std::find(std::begin(allowed_below_proc), std::end(allowed_below_proc), target) !=
                             std::end(allowed_below_proc);
        if ((target == "proc" && !is_proc) || (target.starts_with("proc/") && !allowed))
            throw Error{ErrorKind::NotExecutable, cat("mounting on ", quoted(cat("/", target)), " is not allowed")}
                .with_hint("the engine and programs in the container rely on what is below /proc");
        step.may_cover_proc = allowed || target == "proc";
    }

    static void set_tree_attributes(int tree, std::uint64_t attributes, std::uint64_t propagation)
    {
        // Recursive: "ro" that leaves a submount writable would not be what was asked for (R9).
        const bool sets_atime = (attributes & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME)) != 0;
        kernel::set_mount_attributes(
            tree, {attributes, sets_atime ? MOUNT_ATTR__ATIME : 0U, propagation & ~std::uint64_t{MS_REC}},
            kernel::Recursive::Yes);
    }

    void plan_filesystem(MountStep& step, const oci::SpecMount& mount, const MountOptions& options)
    {
        const bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
        step.type = memory_.keep(is_cgroup ? "cgroup2" : mount.type);
        check_proc_destination(step, mount.type == "proc");
        const std::string_view target = step.target;
        if (mount.type == "proc" && target == "proc") {
            step.purpose = MountPurpose::Proc;
            // Of a pid namespace that is not ours nobody here can make one.
            if (!has_own(CLONE_NEWPID))
                step.refused_source = "/proc";
        } else if (mount.type == "tmpfs" && target == "dev") {
            step.purpose = MountPurpose::Dev;
        } else if (mount.type == "devpts") {
            step.purpose = MountPurpose::Devpts;
        } else if (mount.type == "sysfs") {
            step.refused_source = "/sys";
        } else if (mount.type == "mqueue") {
            step.refused_source = "/dev/mqueue";
            step.optional = true;
        } else if (is_cgroup) {
            step.optional = true; // no unified hierarchy on this machine: then there is nothing to show
        }
        auto& data = out_.mount_data.emplace_back();
        data.push_back(
            {"source", memory_.keep(mount.source.empty() ? mount.type : mount.source)}); // as mount(8) shows it
        std::string joined;
        for (const auto& [key, value] : options.data) {
            if (is_cgroup || (key == "gid" && !group_exists(value)))
                continue;
            data.push_back({memory_.keep(key), value.empty() ? nullptr : memory_.keep(value)});
            joined += cat(joined.empty() ? "" : ",", key, value.empty() ? "" : "=", value);
        }
        step.options = data;
        step.data = memory_.keep(joined);
        if (mount.type == "tmpfs" && options.copy_up && plan_.new_mount_api)
            plan_copied_tmpfs(step, options);
    }

    /// devpts' gid=5: in a small user namespace that group may not exist.
    [[nodiscard]] bool group_exists(const std::string& gid) const
    {
        if (out_.facts.id_map == nullptr)
            return !out_.facts.single_id || gid == "0";
        return find_outside(out_.id_map.gids, static_cast<std::uint32_t>(std::strtoul(gid.c_str(), nullptr, 10)))
            .has_value();
    }

    void plan_copied_tmpfs(MountStep& step, const MountOptions& options)
    {
        UniqueFd opened;
        if (options_.root_fd < 0)
            opened = open_at(AT_FDCWD, out_.spec.root_path, O_PATH | O_DIRECTORY);
        auto source = find_beneath(options_.root_fd < 0 ? opened.get() : options_.root_fd, step.target,
                                   O_RDONLY | O_DIRECTORY | O_NONBLOCK);
        if (!source)
            return; // the image has nothing there: the child makes a plain one
        UniqueFd tree = make_tmpfs_copy(source->get(), options.data, out_.id_map);
        set_tree_attributes(tree.get(), step.attributes,
                            step.propagation != 0 ? step.propagation : MS_PRIVATE | MS_REC);
        step.is_tree = true;
        step.tree.fd = memory_.keep(std::move(tree));
    }

    void plan_devices()
    {
        const bool own_dev = std::any_of(out_.mounts.begin(), out_.mounts.end(),
                                         [](const MountStep& step) { return step.purpose == MountPurpose::Dev; });
        if (!own_dev)
            return; // the user's own /dev: nothing is made there (R10)
        for (const DefaultDevice& device : default_devices) {
            const TreeSource tree = clone_tree(AT_FDCWD, device.host_path, false);
            struct stat status
            {
            };
            const int looked = tree.fd >= 0 ? ::fstat(tree.fd, &status) : ::lstat(device.host_path, &status);
            if (looked != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(device.major, device.minor))
                throw Error{ErrorKind::NotExecutable,
                            cat(device.host_path, " of this machine is not the device that it should be")};
            out_.devices.push_back({device.name, tree});
        }
        plan_.devices = out_.devices;
        out_.links.assign(default_links.begin(), default_links.end());
        plan_.dev_links = out_.links;
        for (const oci::SpecDevice& device : out_.spec.devices) {
            const std::string target = clean_destination(device.path);
            const auto is_default = [&](const DefaultDevice& known) { return target == cat("dev/", known.name); };
            if (std::any_of(default_devices.begin(), default_devices.end(), is_default))
                continue;
            MountStep step;
            step.is_tree = true;
            step.target = memory_.keep(target);
            step.target_is_directory = false;
            step.tree = clone_tree(AT_FDCWD, device.path, false);
            out_.mounts.push_back(step);
        }
    }

    void plan_paths()
    {
        for (const std::string& path : out_.spec.masked_paths)
            out_.masked_paths.push_back(memory_.keep(path));
        for (const std::string& path : out_.spec.readonly_paths)
            out_.readonly_paths.push_back(memory_.keep(path));
        plan_.masked_paths = out_.masked_paths;
        plan_.readonly_paths = out_.readonly_paths;
        if (!out_.masked_paths.empty()) {
            plan_.null_tree = clone_tree(AT_FDCWD, "/dev/null", false);
            struct stat status
            {
            };
            const int looked =
                plan_.null_tree.fd >= 0 ? ::fstat(plan_.null_tree.fd, &status) : ::lstat("/dev/null", &status);
            if (looked != 0 || status.st_rdev != makedev(1, 3))
                throw Error{ErrorKind::NotExecutable, "/dev/null of this machine is not the null device"};
        }
    }

    PreparedInit& out_;
    InitPlan& plan_;
    const CreateOptions& options_;
    PlanMemory& memory_;
};

} // namespace

void plan_mounts(PreparedInit& prepared, const CreateOptions& options) { MountPlanner{prepared, options}.run(); }

} // namespace skiff::runtime
