#pragma once

#include "cli/compose/session.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// Stops containers, dependents before what they depend on. False when one could not be stopped.
bool stop_containers(ComposeSession& session, const std::vector<compose::Existing>& containers, std::optional<std::uint32_t> timeout_s);
/// With KILL, all at once.
bool kill_containers(ComposeSession& session, const std::vector<compose::Existing>& containers, int signal);

bool remove_containers(ComposeSession& session, const std::vector<compose::Existing>& containers, bool volumes);

struct DownOptions
{
    std::vector<std::string> services; ///< empty: the whole project
    bool volumes = false, remove_orphans = false;
    std::string images; ///< "", "local", "all"
    std::optional<std::uint32_t> timeout_s;
};
/// Stops and removes containers, then networks, then volumes and images where asked for.
bool take_down(ComposeSession& session, const DownOptions& options);
/// A line for each thing that take_down would do.
std::string describe_down(ComposeSession& session, const DownOptions& options);

/// Jobs for one verb on each container, dependents first (`reverse`) or last.
struct Verb
{
    std::string doing, done;
    std::function<void(engine::Engine& engine, const compose::Existing& container)> run;
};
bool for_each(ComposeSession& session, const std::vector<compose::Existing>& containers, const Verb& verb, bool reverse);

} // namespace skiff::cli
