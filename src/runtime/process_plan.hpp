#pragma once

#include "base/error.hpp"
#include "model/id_map.hpp"
#include "oci/runtime_spec.hpp"
#include "runtime/child_plan.hpp"
#include "runtime/handshake.hpp"
#include "runtime/plan_memory.hpp"

namespace skiff::runtime {

/// What is true of every process of one container.
struct ProcessFacts
{
    std::string container_id;
    const IdMap* id_map = nullptr; ///< of the container's own user namespace; null: it has none
    bool single_id = false;
    bool keep_groups = false;
    std::string keyring; ///< name of the session keyring of all its processes
    const std::string* seccomp_program = nullptr; ///< null or empty: no filter
    int proc_fd = -1;
};

/// A ProcessPlan with what it points to.
struct PreparedProcess
{
    ProcessPlan plan;
    PlanMemory memory;
    std::vector<gid_t> groups;
    std::vector<RlimitStep> rlimits;
    std::vector<std::pair<int, int>> preserved;
    std::vector<int> scratch;
    std::vector<sock_filter> filter;
    UniqueFd null;
};

/// Fills in everything of a process document. Throws for what cannot be: ids that are not mapped, unknown capabilities
/// ...
void prepare_process(PreparedProcess& prepared, const oci::SpecProcess& process, const ProcessStdio& stdio,
                     const ProcessFacts& facts);

/// The words for a failed step of this part; nothing for steps of other parts.
std::optional<Error> find_explanation(const HandshakeMessage& failure, const oci::SpecProcess& process,
                                      const ProcessFacts& facts);

/// A step of the set-up that the kernel refused: 126, with errno's words.
Error setup_failure(int errno_value, const std::string& doing);

/// The host's own /dev/null, checked to be it (security.md R10).
UniqueFd open_null_device();

/// The host's procfs, checked to be one (security.md R13).
UniqueFd open_host_proc();

} // namespace skiff::runtime
