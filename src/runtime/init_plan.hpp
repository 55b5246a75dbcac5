#pragma once

#include "runtime/process_plan.hpp"

#include <memory>

namespace skiff::runtime {

/// An InitPlan with everything that it points to, and what is needed to explain its failures.
struct PreparedInit
{
    InitPlan plan;
    PreparedProcess process;
    ProcessFacts facts;
    IdMap id_map;
    oci::RuntimeSpec spec;
    std::string seccomp_program;
    std::uint64_t clone_flags = 0;
    std::vector<JoinStep> joins;
    std::vector<UniqueFd> join_fds;
    int exec_namespaces = 0; ///< CLONE_NEW* of the namespaces that are not the caller's: what an exec joins
    UniqueFd proc;
    UniqueFd hook_state;

    std::vector<MountStep> mounts;
    std::vector<DeviceStep> devices;
    std::vector<LinkStep> links;
    std::vector<SysctlStep> sysctls;
    std::vector<const char*> masked_paths, readonly_paths;
    std::vector<HookStep> create_container_hooks, start_container_hooks;
    std::deque<std::vector<FilesystemOption>> mount_data;
};

/// Turns the specification into steps. Opens every source on the host, so that what is missing there is reported from
/// here.
std::unique_ptr<PreparedInit> prepare_init(const oci::RuntimeSpec& spec, const ProcessStdio& stdio,
                                           const CreateOptions& options);

/// Gives up the pid namespace, and shows the host's /proc, in a plan whose fresh procfs was refused. False when that is
/// not what happened, or was done already.
bool retreat_from_refused_proc(PreparedInit& prepared, const HandshakeMessage& failure);

/// Turns {step, item, errno} back into words.
Error explain(const PreparedInit& prepared, const HandshakeMessage& failure);

} // namespace skiff::runtime
