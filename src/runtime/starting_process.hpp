#pragma once

#include "runtime/init_plan.hpp"
#include "runtime/parent_handshake.hpp"

namespace skiff::runtime {

/// The container that a further process is for: all borrowed.
struct ExecTarget
{
    const PreparedInit& init;
    const Pidfd& first_process;
    int devpts = -1; ///< of the container; a terminal comes from it
    int cgroup_fd = -1;
    pid_t first_pid = 0;
};

/// What is behind StartingProcess (container_process.hpp).
struct StartingProcess::State
{
    oci::SpecProcess document; ///< for the words of a failure
    ProcessFacts facts;
    int proc_fd = -1;
    ParentHandshake handshake;
    ChildProcess helper; ///< joins the namespaces, makes the process and goes
    ChildProcess process;
    UniqueFd console;
    std::optional<HandshakeMessage> failure;

    static std::unique_ptr<State> begin(const ExecTarget& target, const ExecSpec& exec, const ProcessStdio& stdio);
    ~State();
    bool advance();
    void handle(const HandshakeMessage& message);
    void handle_end();
};

} // namespace skiff::runtime
