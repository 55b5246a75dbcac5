// What a failed step of the set-up means: the second half of init_plan.hpp.

#include "base/log.hpp"
#include "runtime/init_plan.hpp"
#include "runtime/mount_options.hpp"

#include <algorithm>
#include <sched.h>

namespace skiff::runtime {

bool retreat_from_refused_proc(PreparedInit& prepared, const HandshakeMessage& failure)
{
    if (failure.step != Step::Mount || failure.item >= prepared.mounts.size())
        return false;
    MountStep& step = prepared.mounts[failure.item];
    const bool refused = failure.error == EPERM || failure.error == EACCES || failure.error == EBUSY;
    if (step.purpose != MountPurpose::Proc || step.refused_source != nullptr || !refused ||
        (prepared.clone_flags & CLONE_NEWPID) == 0)
        return false;
    step.refused_source = "/proc";
    prepared.clone_flags &= ~std::uint64_t{CLONE_NEWPID};
    prepared.plan.clone_flags = prepared.clone_flags;
    prepared.exec_namespaces &= ~CLONE_NEWPID;
    log::info(
        "the kernel refuses a new /proc here (parts of this machine's are hidden): the container sees all processes");
    return true;
}

namespace {

std::string tap_hint(int error)
{
    if (error == ENOENT || error == ENODEV || error == ENXIO)
        return "/dev/net/tun is missing, or the kernel module tun is not loaded; --network none and --network host do without";
    if (error == EACCES || error == EPERM)
        return "this user may not open /dev/net/tun; --network none and --network host do without";
    return "";
}

} // namespace

Error explain(const PreparedInit& prepared, const HandshakeMessage& failure)
{
    if (auto known = find_explanation(failure, prepared.spec.process, prepared.facts))
        return std::move(*known);
    const auto setup = [&](const std::string& doing) { return setup_failure(failure.error, doing); };
    const auto mount_text = [&] {
        const MountStep& step = prepared.mounts.at(failure.item);
        const auto named =
            std::find_if(prepared.spec.mounts.begin(), prepared.spec.mounts.end(), [&](const oci::SpecMount& mount) {
                return clean_destination(mount.destination) == step.target;
            });
        const std::string what = named == prepared.spec.mounts.end() ? std::string{step.target}
                                 : named->source.empty()             ? named->type
                                                                     : named->source;
        return cat("mounting ", quoted(what), " on ", quoted(cat("/", step.target)));
    };
    switch (failure.step) {
    case Step::Tap:
        return setup("making the container's network device").with_hint(tap_hint(failure.error));
    case Step::Propagation:
        return setup("making the mounts private");
    case Step::AttachRoot:
        return setup("attaching the container's root file system");
    case Step::MountTarget:
        return setup(cat(mount_text(), ": the mount point"))
            .with_hint(failure.error == EROFS ? "the image has no such path, and where it should be is read-only" : "");
    case Step::Mount:
    case Step::MountAttributes:
        return setup(mount_text());
    case Step::Device:
        return setup(cat("making /dev/", prepared.devices.at(failure.item).name));
    case Step::DeviceLink:
        return setup(cat("making /dev/", prepared.links.at(failure.item).name));
    case Step::Console:
        return setup("making the container's terminal");
    case Step::MaskedPath:
        return setup(cat("hiding ", quoted(prepared.masked_paths.at(failure.item))));
    case Step::ReadonlyPath:
        return setup(cat("making ", quoted(prepared.readonly_paths.at(failure.item)), " read-only"));
    case Step::VerifyMaskedPath:
        return Error{ErrorKind::NotExecutable,
                     cat(quoted(prepared.masked_paths.at(failure.item)), " is not hidden as it should be")};
    case Step::VerifyReadonlyPath:
        return Error{ErrorKind::NotExecutable,
                     cat(quoted(prepared.readonly_paths.at(failure.item)), " is not read-only as it should be")};
    case Step::ReadonlyRoot:
        return setup("setting the mount options of the root file system");
    case Step::Hostname:
        return setup(cat("setting the host name ", quoted(prepared.spec.hostname)));
    case Step::Domainname:
        return setup(cat("setting the domain name ", quoted(prepared.spec.domainname)));
    case Step::Sysctl: {
        const SysctlStep& setting = prepared.sysctls.at(failure.item);
        return setup(cat("setting sysctl ", quoted(setting.path), " to ", quoted(setting.value)));
    }
    case Step::Hook:
        return setup(cat("hook ", failure.item, " of the container"));
    case Step::PivotRoot:
        return setup("changing the root directory");
    case Step::Reaper:
        return setup("starting the command below the init process");
    default:
        return setup("setting up the container");
    }
}

} // namespace skiff::runtime
