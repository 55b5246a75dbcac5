#pragma once

#include "engine/process_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace skiff::engine {

/// One process and what is needed to show it.
struct ProcessView
{
    const kernel::ProcessFacts& process;
    const ContainerProcesses& container;
    const ProcessClock& clock;
};

/// What a column can be.
struct ProcessColumnKind
{
    std::string_view name; ///< "pid"
    std::string_view code; ///< "%p"; empty: none
    std::string_view heading;
    std::string (*show)(const ProcessView& view);
};

/// Podman's descriptors, and on top of them what ps(1) calls otherwise or writes in another form.
extern const std::span<const ProcessColumnKind> podman_process_columns;
extern const std::span<const ProcessColumnKind> ps_process_columns;

} // namespace skiff::engine
