#include "kernel/capabilities.hpp"

#include "base/error.hpp"

#include <array>
#include <linux/capability.h>
#include <sys/prctl.h>

namespace skiff::kernel {
namespace {

constexpr std::array<std::string_view, CAP_LAST_CAP + 1> names{
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

} // namespace

std::optional<unsigned> find_capability(std::string_view name)
{
    for (unsigned number = 0; number < names.size(); ++number)
        if (names[number] == name)
            return number;
    return std::nullopt;
}

std::optional<std::string_view> find_capability_name(unsigned number)
{
    if (number >= names.size())
        return std::nullopt;
    return names[number];
}

unsigned last_capability()
{
    static const unsigned last = [] {
        // PR_CAPBSET_READ answers EINVAL beyond the kernel's last one. Kernels know at least as many as our headers,
        // mostly: start there.
        unsigned number = CAP_LAST_CAP;
        while (number > 0 && ::prctl(PR_CAPBSET_READ, number) < 0)
            --number;
        while (number < 63 && ::prctl(PR_CAPBSET_READ, number + 1) >= 0)
            ++number;
        return number;
    }();
    return last;
}

CapabilitySet known_capabilities()
{
    CapabilitySet set = 0;
    for (unsigned number = 0; number < names.size() && number <= last_capability(); ++number)
        set |= CapabilitySet{1} << number;
    return set;
}

CapabilitySet make_capability_set(const std::vector<std::string>& wanted)
{
    CapabilitySet set = 0;
    for (const std::string& name : wanted) {
        const auto number = find_capability(name);
        if (!number)
            throw Error{ErrorKind::Failure, cat("\"", printable(name), "\": unknown capability")};
        set |= CapabilitySet{1} << *number;
    }
    return set;
}

std::vector<std::string> capability_names(CapabilitySet set)
{
    std::vector<std::string> result;
    for (unsigned number = 0; number < names.size(); ++number)
        if ((set >> number & 1U) != 0)
            result.emplace_back(names[number]);
    return result;
}

} // namespace skiff::kernel
