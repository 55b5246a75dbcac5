#include "monitor/cgroup_home.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/systemd_scope.hpp"
#include "model/asked_limits.hpp"

#include <csignal>
#include <cstdlib>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

bool systemd_answers()
{
    const char* runtime_dir = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe)
    return runtime_dir != nullptr && kernel::user_manager_exists(runtime_dir);
}

kernel::ScopeRequest make_scope_request(const ContainerConfig& config, pid_t process)
{
    kernel::ScopeRequest scope;
    scope.name = cat("skiff-", config.id, ".scope");
    scope.description = cat("skiff container ", config.name);
    if (!config.cgroup_parent.empty())
        scope.slice = config.cgroup_parent;
    scope.process = process;
    return scope;
}

CgroupHome enter_split_home(const ContainerConfig& config)
{
    CgroupHome home{kernel::find_cgroup_delegation(), cat("skiff-payload-", config.id), false};
    if (!home.delegation.controllers.empty())
        kernel::try_enter_supervisor_leaf(home.delegation, kernel::Movers::Everybody);
    return home;
}

CgroupHome enter_plain_home(const ContainerConfig& config)
{
    CgroupHome home{{}, cat("skiff-", config.id), false};
    if (!config.cgroup_parent.empty()) {
        home.delegation = kernel::make_cgroup_delegation(config.cgroup_parent);
        return home;
    }
    home.delegation = kernel::find_cgroup_delegation();
    // A shell is not moved about for the sake of a default.
    if (!home.delegation.controllers.empty())
        kernel::try_enter_supervisor_leaf(home.delegation, list_asked_limits(config.limits).empty() ? kernel::Movers::WhenAlone
                                                                                                 : kernel::Movers::Everybody);
    return home;
}

} // namespace

std::string choose_cgroup_manager(const ContainerConfig& config)
{
    return config.cgroup_manager != "cgroupfs" && systemd_answers() ? "systemd" : "cgroupfs";
}

void check_cgroup_choice(const ContainerConfig& config)
{
    if (config.cgroups == "disabled" && !list_asked_limits(config.limits).empty())
        throw Error{ErrorKind::Usage, "resource limits need a cgroup, and --cgroups=disabled was asked for"};
    const std::string& parent = config.cgroup_parent;
    const bool systemd = choose_cgroup_manager(config) == "systemd";
    if (parent.empty() || config.cgroups == "disabled" || config.cgroups == "split" || systemd == parent.ends_with(".slice"))
        return;
    if (systemd)
        throw Error{ErrorKind::Usage, "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument"}
            .with_hint("give it a name that ends in .slice, or use --cgroup-manager=cgroupfs");
    throw Error{ErrorKind::Usage, "systemd slice received as cgroup parent when using cgroupfs: invalid argument"}.with_hint(
        "give it a path below /sys/fs/cgroup; a slice needs a systemd of the user's");
}

CgroupHome enter_cgroup_home(const ContainerConfig& config, bool stay)
{
    if (config.cgroups == "disabled")
        return {{{}, {}, "--cgroups=disabled was asked for"}, {}, false};
    if (config.cgroups == "split")
        return enter_split_home(config);
    check_cgroup_choice(config);
    if (choose_cgroup_manager(config) != "systemd")
        return enter_plain_home(config);
    if ((stay || config.cgroups == "no-conmon") && kernel::is_in_user_manager())
        return {{}, "container", true};
    if (!kernel::try_make_scope(make_scope_request(config, ::getpid())))
        return enter_plain_home(config);
    CgroupHome home{kernel::find_cgroup_delegation(), "container", false};
    kernel::try_enter_supervisor_leaf(home.delegation, kernel::Movers::WhenAlone);
    return home;
}

Placeholder::Placeholder() : pid_{::fork()}
{
    if (pid_ < 0)
        throw Error{errno, "making a process"};
    if (pid_ > 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close_range(0, ~0U, 0); // locks and conversations are not for it
    for (;;)
        ::pause();
}

Placeholder::~Placeholder()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

kernel::CgroupDelegation make_run_scope(const ContainerConfig& config, const Placeholder& placeholder)
{
    const auto place = kernel::try_make_scope(make_scope_request(config, placeholder.pid()));
    if (!place)
        throw Error{ErrorKind::Failure, "the user's systemd gave no scope"}.with_hint("see `skiff --log-level debug run ...`");
    const std::string leaf = cat(kernel::cgroup_root, *place, "/", kernel::supervisor_leaf);
    if (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST)
        throw Error{errno, cat("making the cgroup ", quoted(leaf))};
    write_virtual_file(AT_FDCWD, cat(leaf, "/cgroup.procs"), std::to_string(placeholder.pid()));
    return kernel::make_cgroup_delegation(*place);
}

} // namespace skiff::monitor
