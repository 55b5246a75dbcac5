#pragma once

#include "kernel/capabilities.hpp"
#include "kernel/procfs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace skiff::kernel {

/// What /proc tells about one process. Texts are the process's own: not safe to show on a terminal as they are.
/// Source: proc(5).
struct ProcessFacts
{
    // stat
    pid_t pid = 0, parent = 0, group = 0, session = 0;
    std::string name; ///< at most 15 characters
    char state = '?'; ///< R S D T t Z I
    int terminal = 0; ///< device number; 0: none
    std::uint64_t user_ticks = 0, system_ticks = 0; ///< of CPU time
    int nice = 0;
    int threads = 1;
    std::uint64_t start_ticks = 0; ///< after boot
    std::uint64_t virtual_bytes = 0;

    // status
    std::uint32_t real_uid = 0, effective_uid = 0, real_gid = 0, effective_gid = 0; ///< as this /proc's reader counts
    std::vector<std::uint32_t> groups;
    std::vector<pid_t> namespace_pids; ///< its numbers from this /proc's pid namespace inwards
    std::uint64_t resident_bytes = 0;
    CapabilitySet inheritable = 0, permitted = 0, effective = 0, bounding = 0, ambient = 0;
    int seccomp = 0; ///< 0 none, 1 strict, 2 filter

    std::vector<std::string> arguments; ///< of cmdline; empty: a kernel thread or a zombie
};

/// Adds what a text of /proc/PID/stat, status or cmdline says. False when it is none.
bool add_stat(ProcessFacts& facts, std::string_view stat);
void add_status(ProcessFacts& facts, std::string_view status);
void add_arguments(ProcessFacts& facts, std::string_view cmdline);

/// Nothing when the process is gone, or not ours to look at.
std::optional<ProcessFacts> find_process_facts(const Procfs& proc, pid_t pid);

/// All numbers in a /proc.
std::vector<pid_t> list_processes(const Procfs& proc);

} // namespace skiff::kernel
