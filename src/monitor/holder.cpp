#include "monitor/holder.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <charconv>
#include <dirent.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

std::string holders_dir(const std::string& run_dir) { return run_dir + "/userns"; }

/// "<pid>-<start time>"; nothing for files that are none of ours (temporary ones).
std::optional<ProcessIdentity> parse_name(const std::string& name)
{
    ProcessIdentity identity;
    const char* end = name.data() + name.size();
    const auto pid = std::from_chars(name.data(), end, identity.pid);
    if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != '-')
        return std::nullopt;
    const auto start = std::from_chars(pid.ptr + 1, end, identity.start_time);
    if (start.ec != std::errc{} || start.ptr != end)
        return std::nullopt;
    identity.boot = boot_id(); // the runtime directory dies with a reboot; if it does not, the start time tells
    return identity;
}

std::optional<std::string> find_map(int dir, const DirectoryEntry& entry)
{
    return entry.type == DT_LNK ? find_link_at(dir, entry.name) : find_file(dir, entry.name, 8192);
}

void record(const std::string& path, const std::string& id_map)
{
    constexpr std::size_t longest_link = 1000; // XFS takes 1023 bytes, others 4095
    if (id_map.size() > longest_link) {
        save_atomically(AT_FDCWD, path, id_map, Durability::None);
        return;
    }
    while (::symlink(id_map.c_str(), path.c_str()) != 0) {
        if (errno != EEXIST)
            throw Error{errno, cat("recording a holder of the user namespace as ", quoted(path))};
        ::unlink(path.c_str()); // from another boot: nobody else has our pid and our start time
    }
}

} // namespace

NamespaceHolder::NamespaceHolder(const std::string& run_dir, const std::string& id_map)
{
    const ProcessIdentity self = identify(::getpid());
    const std::string dir = holders_dir(run_dir);
    make_directories(dir);
    path_ = cat(dir, "/", self.pid, "-", self.start_time);
    record(path_, id_map);
}

NamespaceHolder::~NamespaceHolder() { ::unlink(path_.c_str()); }

std::optional<std::string> find_own_namespace(const std::string& run_dir)
{
    const auto dir = find_at(AT_FDCWD, holders_dir(run_dir), O_RDONLY | O_DIRECTORY);
    if (!dir)
        return std::nullopt;
    const std::string own = read_link_at(AT_FDCWD, "/proc/self/ns/user");
    for (const DirectoryEntry& entry : list_directory(dir->get())) {
        const auto identity = parse_name(entry.name);
        if (!identity || !Pidfd::find(*identity))
            continue;
        try {
            if (find_link_at(AT_FDCWD, cat("/proc/", identity->pid, "/ns/user")) == own)
                return find_map(dir->get(), entry);
        } catch (const Error& error) { // of another namespace, hidden from this one
            if (error.errno_value() != EACCES && error.errno_value() != EPERM)
                throw;
        }
    }
    return std::nullopt;
}

std::optional<Pidfd> find_namespace_holder(const std::string& run_dir, const std::string& id_map,
                                           const std::function<bool(const Pidfd&)>& accept)
{
    const auto dir = find_at(AT_FDCWD, holders_dir(run_dir), O_RDONLY | O_DIRECTORY);
    if (!dir)
        return std::nullopt;
    for (const DirectoryEntry& entry : list_directory(dir->get())) {
        const auto identity = parse_name(entry.name);
        if (!identity)
            continue;
        auto process = Pidfd::find(*identity);
        if (!process) {
            remove_file_at(dir->get(), entry.name);
            continue;
        }
        if (find_map(dir->get(), entry) == id_map && accept(*process))
            return process;
    }
    return std::nullopt;
}

} // namespace skiff::monitor
