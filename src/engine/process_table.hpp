#pragma once

#include "engine/container_processes.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Moments and names that a table needs besides the processes.
struct ProcessClock
{
    double ticks_per_second = 100;
    double now_s = 0;          ///< since boot
    WallTime boot;             ///< when that was
    std::uint64_t memory_bytes = 0; ///< of the machine, for %MEM
    static ProcessClock read();
};

/// One column of `top`: a descriptor, and its heading when it is not the descriptor's own.
struct ProcessColumn
{
    std::string descriptor;
    std::string heading;
};

/// Podman's descriptors ("pid", "huser", "capeff", "%C" ...) as columns. Nothing when one of the words is none: then they are
/// options of ps(1).
std::optional<std::vector<ProcessColumn>> find_top_columns(const std::vector<std::string>& words);

/// The columns that options of ps(1) ask for: -o LIST, -f, -l, u, aux and selections of all processes. Throws Error(Usage)
/// for others.
std::vector<ProcessColumn> parse_ps_options(const std::vector<std::string>& words);

/// The headings, and one row for each process. Texts of processes are made safe to show.
std::vector<std::vector<std::string>> make_process_table(const ContainerProcesses& container, const ProcessClock& clock,
                                                         const std::vector<ProcessColumn>& columns);

/// What `top` shows. Throws State `top can only be used on running containers`.
std::vector<std::vector<std::string>> list_container_processes(Engine& engine, const std::string& id,
                                                               const std::vector<std::string>& words);

} // namespace skiff::engine
