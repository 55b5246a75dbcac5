// The parent's side of an exec; exec_child.cpp is the other one.

#include "runtime/starting_process.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/cgroup.hpp"
#include "kernel/clone.hpp"
#include "kernel/idmap.hpp"
#include "kernel/pty.hpp"
#include "runtime/exec_child.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace skiff::runtime {
namespace {

constexpr int helper_limit_ms = 1000;

struct Terminal
{
    UniqueFd master, slave;
};

/// By the descriptor of the container's devpts: nothing of its tree is looked at.
Terminal open_terminal(const ExecTarget& target, const ProcessFacts& facts, const ProcessStdio& stdio, std::uint32_t user)
{
    kernel::Pty pty = kernel::open_pty(target.devpts);
    if (stdio.rows != 0 || stdio.columns != 0)
        kernel::set_terminal_size(pty.master.get(), {stdio.rows, stdio.columns});
    const auto owner = facts.id_map == nullptr ? user : find_outside(facts.id_map->uids, user).value_or(0);
    (void)!::fchown(pty.slave.get(), owner, static_cast<gid_t>(-1));
    return {std::move(pty.master), std::move(pty.slave)};
}

/// Whoever divides the container's cgroup and enables controllers for the parts, as systemd inside does, has moved all processes
/// out of it, and from then on nobody may be in it: a further process goes where the first one is. As runc and crun do it.
std::optional<ChildProcess> clone_into_container(const ExecTarget& target)
{
    try {
        return kernel::clone_process({0, target.cgroup_fd});
    } catch (const Error& error) {
        if (error.errno_value() != EBUSY || target.cgroup_fd < 0)
            throw;
    }
    const std::string text = read_file(target.init.proc.get(), cat(target.first_pid, "/cgroup"), 1U << 16U);
    const std::size_t line = text.find("0::/");
    if (line == std::string::npos)
        throw Error{ErrorKind::Failure, "the container's first process is in no cgroup"};
    const std::string place = text.substr(line + 3, text.find('\n', line) - line - 3);
    const UniqueFd cgroup = open_at(AT_FDCWD, cat(kernel::cgroup_root, place), O_RDONLY | O_DIRECTORY);
    return kernel::clone_process({0, cgroup.get()});
}

} // namespace

std::unique_ptr<StartingProcess::State> StartingProcess::State::begin(const ExecTarget& target, const ExecSpec& exec,
                                                                      const ProcessStdio& stdio)
{
    auto state = std::make_unique<State>();
    state->document = exec.process;
    state->facts = target.init.facts;
    state->facts.keep_groups = exec.keep_groups;
    state->facts.seccomp_program = exec.privileged ? nullptr : &target.init.seccomp_program;
    state->proc_fd = target.init.proc.get();
    ProcessStdio actual = stdio;
    Terminal terminal;
    if (stdio.tty) {
        terminal = open_terminal(target, state->facts, stdio, exec.process.user.uid);
        actual.in = actual.out = actual.err = terminal.slave.get();
        state->console = std::move(terminal.master);
    }
    PreparedProcess prepared;
    prepare_process(prepared, exec.process, actual, state->facts);

    auto [ours, theirs] = make_channel_pair();
    ExecPlan plan;
    plan.process = prepared.plan;
    plan.handshake = theirs.fd();
    plan.parent_end = ours.fd();
    plan.target_pidfd = target.first_process.get();
    plan.namespaces = target.init.exec_namespaces;
    plan.setup_uid = target.init.plan.setup_uid;
    plan.setup_gid = target.init.plan.setup_gid;
    plan.set_setup_ids = target.init.plan.takes_setup_identity;
    std::vector<int> kept{plan.process.stdio[0], plan.process.stdio[1], plan.process.stdio[2], plan.handshake, plan.target_pidfd};
    for (const auto& [fd, inside] : actual.preserved)
        kept.push_back(fd);
    std::sort(kept.begin(), kept.end());
    plan.kept = kept;

    auto child = clone_into_container(target);
    if (!child)
        exec_main(plan);
    state->helper = std::move(*child);
    state->handshake = ParentHandshake{std::move(ours)};
    return state;
}

StartingProcess::State::~State()
{
    if (helper.pid() == 0 && process.pid() == 0)
        return;
    try {
        // It waits for nobody, and killed at the wrong moment it would not tell us whom it has made.
        if (helper.pidfd())
            (void)helper.pidfd().wait_for_end(helper_limit_ms);
        (void)end_child(helper);
        while (auto heard = handshake ? handshake.try_hear() : std::nullopt)
            handle(heard->message);
    } catch (const Error& error) {
        log::debug(cat("giving up a process: ", error.message()));
    }
    handshake.close();
    (void)end_child(process);
}

void StartingProcess::State::handle(const HandshakeMessage& message)
{
    if (message.word == Word::Joined) {
        const auto pid = static_cast<pid_t>(message.item);
        process = ChildProcess{pid, Pidfd::find(pid).value_or(Pidfd{})};
        return;
    }
    failure = message;
}

/// Two processes speak, in either order: the helper says Joined, the new one only fails or is silent. Both are past it at the
/// end of file.
void StartingProcess::State::handle_end()
{
    (void)end_child(helper);
    helper = ChildProcess{};
    if (failure) {
        (void)end_child(process);
        process = ChildProcess{};
        throw find_explanation(*failure, document, facts)
            .value_or(setup_failure(failure->error, "starting a process in the container"));
    }
    if (process.pid() == 0)
        throw Error{ErrorKind::NotExecutable, "joining the container: its first process is gone"};
    if (!has_executed(proc_fd, process.pid())) {
        ChildProcess gone = std::exchange(process, ChildProcess{});
        throw explain_end_before_exec(gone);
    }
}

bool StartingProcess::State::advance()
{
    while (handshake) {
        if (const auto heard = handshake.try_hear())
            handle(heard->message);
        else if (handshake)
            return false; // it is busy
        else
            handle_end();
    }
    return true;
}

StartingProcess::StartingProcess(std::unique_ptr<State> state) : state_{std::move(state)} {}
StartingProcess::StartingProcess(StartingProcess&&) noexcept = default;
StartingProcess& StartingProcess::operator=(StartingProcess&&) noexcept = default;
StartingProcess::~StartingProcess() = default;

int StartingProcess::handshake() const { return state_->handshake.fd(); }
bool StartingProcess::advance() { return state_->advance(); }

void StartingProcess::kill() noexcept
{
    for (const ChildProcess* child : {&state_->helper, &state_->process})
        try {
            if (child->pidfd())
                child->pidfd().send_signal(SIGKILL);
        } catch (const Error& error) {
            log::warn(cat("ending process ", child->pid(), ": ", error.message()));
        }
}

StartedProcess StartingProcess::take()
{
    return StartedProcess{std::exchange(state_->process, ChildProcess{}), std::move(state_->console)};
}

} // namespace skiff::runtime
