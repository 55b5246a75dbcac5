#pragma once

#include "oci/runtime_spec.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

/// OCI hooks: programs of the host that are run at points of a container's life. They get a fixed environment, an
/// absolute path and the container's state document on standard input (security.md R25).
namespace skiff::runtime {

struct HookState
{
    std::string id;
    std::string status; ///< "creating", "created", "running", "stopped"
    pid_t pid = 0;      ///< 0 in "stopped"
    std::string bundle;
    std::map<std::string, std::string> annotations;
};

/// The state document. Source: runtime-spec, runtime.md, State.
std::string make_state_document(const HookState& state);

/// Runs them in order; the first failure throws, with the hook's own last words.
void run_hooks(const std::vector<oci::SpecHook>& hooks, const HookState& state, const std::string& stage);

/// Adds one to the stage of that name ("createContainer"). Throws for an unknown one.
void add_hook(oci::SpecHooks& hooks, const std::string& stage, oci::SpecHook hook);
/// Adds those of `more` behind the others.
void add_hooks(oci::SpecHooks& hooks, const oci::SpecHooks& more);

/// What a hook file's `when` is compared with.
struct HookFacts
{
    std::vector<std::string> command;
    std::map<std::string, std::string> annotations;
    bool has_bind_mounts = false;
};

/// The hooks of `*.json` files in `directories` (a later directory's file of the same name wins) that apply.
/// Source: oci-hooks(5), version 1.0.0.
oci::SpecHooks load_hooks(const std::vector<std::string>& directories, const HookFacts& facts);

} // namespace skiff::runtime
