#include "runtime/security_profile.hpp"

#include "base/error.hpp"
#include "kernel/capabilities.hpp"

#include <algorithm>

namespace skiff::runtime {
namespace {

/// Source: Podman's containers.conf, default_capabilities.
const std::vector<std::string> default_capabilities{
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",  "CAP_FSETID", "CAP_KILL",       "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP", "CAP_SETGID",       "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
};

/// R12, and Podman's list.
const std::vector<std::string> masked{
    "/proc/acpi",        "/proc/asound",
    "/proc/interrupts",  "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list",  "/proc/timer_stats",
    "/sys/firmware",     "/sys/fs/selinux",
    "/sys/dev/block",    "/sys/devices/virtual/powercap",
};

const std::vector<std::string> read_only{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

/// A word of unmask= covers a path when it is it, a parent of it, or a pattern with a star at the end.
bool is_unmasked(const std::string& path, const std::vector<std::string>& unmask)
{
    return std::any_of(unmask.begin(), unmask.end(), [&](const std::string& word) {
        if (word == "ALL" || word == "all" || word == path)
            return true;
        if (word.ends_with("*"))
            return path.starts_with(word.substr(0, word.size() - 1));
        return path.starts_with(cat(word, "/"));
    });
}

std::vector<std::string> without_unmasked(const std::vector<std::string>& paths, const std::vector<std::string>& unmask)
{
    std::vector<std::string> kept;
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(kept),
                 [&](const std::string& path) { return !is_unmasked(path, unmask); });
    return kept;
}

bool contains(const std::vector<std::string>& list, const std::string& word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> normalised(const std::vector<std::string>& words)
{
    std::vector<std::string> result;
    for (const std::string& word : words)
        result.push_back(normalise_capability(word));
    return result;
}

} // namespace

std::string normalise_capability(const std::string& word)
{
    std::string name;
    for (const char c : word)
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (name == "ALL")
        return name;
    if (!name.starts_with("CAP_"))
        name.insert(0, "CAP_");
    if (!kernel::find_capability(name))
        throw Error{ErrorKind::Failure, cat("\"", printable(name), "\": unknown capability: invalid argument")};
    return name;
}

std::vector<std::string> make_capabilities(const std::vector<std::string>& add, const std::vector<std::string>& drop,
                                           bool privileged)
{
    const std::vector<std::string> added = normalised(add);
    const std::vector<std::string> dropped = normalised(drop);
    const bool add_all = contains(added, "ALL");
    const bool drop_all = contains(dropped, "ALL");
    if (add_all && drop_all)
        throw Error{ErrorKind::Failure, "adding all caps and dropping all caps not allowed: invalid argument"};
    for (const std::string& name : added)
        if (name != "ALL" && contains(dropped, name))
            throw Error{ErrorKind::Failure,
                        cat("capability \"", name, "\" cannot be dropped and added: invalid argument")};
    kernel::CapabilitySet set = 0;
    if (privileged || add_all)
        set = kernel::known_capabilities();
    else if (!drop_all)
        set = kernel::make_capability_set(default_capabilities);
    for (const std::string& name : added)
        if (name != "ALL")
            set |= kernel::make_capability_set({name});
    for (const std::string& name : dropped)
        if (name != "ALL")
            set &= ~kernel::make_capability_set({name});
    return kernel::capability_names(set & kernel::known_capabilities());
}

oci::SpecCapabilities make_capability_sets(const std::vector<std::string>& bounding,
                                           const std::vector<std::string>& asked, bool is_root)
{
    oci::SpecCapabilities sets;
    sets.bounding = bounding;
    if (is_root) {
        sets.effective = sets.permitted = bounding;
        return sets;
    }
    for (const std::string& name : bounding)
        if (contains(asked, name))
            sets.ambient.push_back(name);
    sets.effective = sets.permitted = sets.inheritable = sets.ambient;
    return sets;
}

std::vector<std::string> make_masked_paths(const std::vector<std::string>& mask, const std::vector<std::string>& unmask)
{
    std::vector<std::string> paths = without_unmasked(masked, unmask);
    for (const std::string& path : mask)
        if (!contains(paths, path))
            paths.push_back(path);
    return paths;
}

std::vector<std::string> make_readonly_paths(const std::vector<std::string>& unmask)
{
    return without_unmasked(read_only, unmask);
}

} // namespace skiff::runtime
