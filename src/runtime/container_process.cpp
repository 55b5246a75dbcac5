#include "runtime/container_process.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/clone.hpp"
#include "kernel/idmap.hpp"
#include "kernel/pty.hpp"
#include "runtime/exec_child.hpp"
#include "runtime/hooks.hpp"
#include "runtime/init_child.hpp"
#include "runtime/init_plan.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <sched.h>

namespace skiff::runtime {
namespace {

HandshakeMessage read_word(const Message& message)
{
    HandshakeMessage word{};
    if (message.data.size() != sizeof word)
        throw Error{ErrorKind::Failure, "the container's process said something unintelligible"};
    std::memcpy(&word, message.data.data(), sizeof word);
    return word;
}

void send_word(const Channel& channel, Word word)
{
    const HandshakeMessage message{word, Step::None, 0, 0};
    (void)channel.send(
        {reinterpret_cast<const char*>(&message), sizeof message}); // a peer that has gone shows in receive()
}

/// The process has ended, or is about to: its status, for the message.
Error unexpected_end(ChildProcess& process)
{
    const ExitStatus status = process.wait();
    if (status.signal != 0)
        return Error{ErrorKind::NotExecutable,
                     cat("the container's process was killed by signal ", status.signal, " during the set-up")};
    return Error{ErrorKind::NotExecutable, "the container's process ended during the set-up"};
}

} // namespace

struct ContainerProcess::State
{
    std::unique_ptr<PreparedInit> prepared;
    std::string id, bundle;
    int cgroup_fd = -1;
    Channel channel;
    ChildProcess process;
    UniqueFd tap, devpts, console;
    bool tap_expected = false, tap_made = false, created = false, started = false, console_taken = false;

    void launch();
    void write_id_maps() const;
    void run_runtime_hooks();
    void handle(const HandshakeMessage& word, Message& message);
    void wait_until(const bool& reached);
    [[nodiscard]] HookState hook_state(const char* status) const
    {
        return {id, status, process.pid(), bundle, prepared->spec.annotations};
    }
    void give_up() noexcept;
};

void ContainerProcess::State::launch()
{
    auto [ours, theirs] = make_channel_pair();
    InitPlan& plan = prepared->plan;
    plan.handshake = theirs.fd();
    plan.parent_end = ours.fd();
    plan.mounts = prepared->mounts;
    const bool joins = !plan.joins.empty();
    auto child = kernel::clone_process({joins ? 0 : prepared->clone_flags, cgroup_fd});
    if (!child) {
        if (joins)
            join_main(plan);
        init_main(plan);
    }
    process = std::move(*child);
    theirs.close();
    channel = std::move(ours);
    if (joins) {
        const auto message = channel.receive();
        ChildProcess helper = std::move(process);
        if (!message)
            throw unexpected_end(helper);
        const HandshakeMessage word = read_word(*message);
        (void)helper.wait();
        if (word.word != Word::Joined)
            throw explain(*prepared, word);
        const auto pid = static_cast<pid_t>(word.item);
        process = ChildProcess{pid, Pidfd::find(pid).value_or(Pidfd{})};
    }
    if (!prepared->id_map.empty())
        write_id_maps();
    if (plan.waits_for_parent)
        send_word(channel, Word::Proceed);
}

void ContainerProcess::State::write_id_maps() const
{
    const std::string directory = std::to_string(process.pid());
    while_doing("mapping the container's ids", [&] {
        const int proc = prepared->proc.get();
        const IdMap here = kernel::make_own_id_map(read_file(proc, "self/uid_map"), read_file(proc, "self/gid_map"));
        const IdMap& map = prepared->id_map;
        write_virtual_file(proc, cat(directory, "/uid_map"), kernel::make_map_text(split_at_lines(map.uids, here.uids)));
        write_virtual_file(proc, cat(directory, "/gid_map"), kernel::make_map_text(split_at_lines(map.gids, here.gids)));
    });
}

void ContainerProcess::State::run_runtime_hooks()
{
    const oci::SpecHooks& hooks = prepared->spec.hooks;
    const HookState state = hook_state("creating");
    run_hooks(hooks.prestart, state, "prestart");
    run_hooks(hooks.create_runtime, state, "createRuntime");
    if (prepared->hook_state)
        write_all(prepared->hook_state.get(), make_state_document(state), "state");
    send_word(channel, Word::HooksDone);
}

void ContainerProcess::State::handle(const HandshakeMessage& word, Message& message)
{
    switch (word.word) {
    case Word::TapMade:
        if (message.fds.size() == 1)
            tap = std::move(message.fds[0]);
        tap_made = true;
        break;
    case Word::NamespacesReady:
        run_runtime_hooks();
        break;
    case Word::Created:
        created = true;
        if (!message.fds.empty())
            devpts = std::move(message.fds[0]);
        if (message.fds.size() == 2)
            console = std::move(message.fds[1]);
        prepared->process.memory.close_descriptors();
        break;
    case Word::Failed:
        (void)process.wait();
        channel.close();
        if (!retreat_from_refused_proc(*prepared, word))
            throw explain(*prepared, word);
        launch();
        break;
    default:
        throw Error{ErrorKind::Failure, "the container's process said something unexpected"};
    }
}

void ContainerProcess::State::wait_until(const bool& reached)
{
    while (!reached) {
        auto message = channel ? channel.receive() : std::nullopt;
        if (!message) {
            channel.close();
            throw unexpected_end(process);
        }
        handle(read_word(*message), *message);
    }
}

void ContainerProcess::State::give_up() noexcept
{
    try {
        if (started || !channel)
            return;
        channel.close(); // end of file ends it wherever it waits; the signal, wherever it does not
        (void)process.pidfd().send_signal(SIGKILL);
        (void)process.wait();
    } catch (const Error& error) {
        log::debug(cat("giving up a container's process: ", error.message()));
    }
}

ContainerProcess::ContainerProcess(std::unique_ptr<State> state) : state_{std::move(state)} {}
ContainerProcess::ContainerProcess(ContainerProcess&&) noexcept = default;
ContainerProcess& ContainerProcess::operator=(ContainerProcess&& other) noexcept
{
    if (state_)
        state_->give_up();
    state_ = std::move(other.state_);
    return *this;
}
ContainerProcess::~ContainerProcess()
{
    if (state_)
        state_->give_up();
}

ContainerProcess ContainerProcess::create(const oci::RuntimeSpec& spec, const ProcessStdio& stdio,
                                          const CreateOptions& options)
{
    auto state = std::make_unique<State>();
    state->id = options.id;
    state->bundle = options.bundle;
    state->cgroup_fd = options.cgroup_fd;
    state->tap_expected = options.tap.make != nullptr;
    state->prepared = prepare_init(spec, stdio, options);
    ContainerProcess container{std::move(state)};
    container.state_->launch();
    return container;
}

UniqueFd ContainerProcess::take_tap()
{
    if (!state_->tap_expected)
        throw Error{ErrorKind::Failure, "this container makes no network device"};
    state_->wait_until(state_->tap_made);
    return std::move(state_->tap);
}

void ContainerProcess::wait_created() { state_->wait_until(state_->created); }

UniqueFd ContainerProcess::take_console()
{
    wait_created();
    return std::move(state_->console);
}

void ContainerProcess::start()
{
    wait_created();
    State& state = *state_;
    send_word(state.channel, Word::Start);
    if (const auto message = state.channel.receive()) {
        (void)state.process.wait();
        state.channel.close();
        throw explain(*state.prepared, read_word(*message));
    }
    state.channel.close(); // end of file: exec happened
    state.started = true;
    try {
        run_hooks(state.prepared->spec.hooks.poststart, state.hook_state("running"), "poststart");
    } catch (const Error& error) { // Source: runtime-spec, lifecycle step 9: a warning, and life goes on
        log::warn(error.message());
    }
}

pid_t ContainerProcess::pid() const { return state_->process.pid(); }
const Pidfd& ContainerProcess::pidfd() const { return state_->process.pidfd(); }
ChildProcess& ContainerProcess::process() { return state_->process; }

StartedProcess ContainerProcess::spawn_exec(const ExecSpec& exec, const ProcessStdio& stdio)
{
    const PreparedInit& init = *state_->prepared;
    ProcessFacts facts = init.facts;
    facts.keep_groups = exec.keep_groups;
    facts.seccomp_program = exec.privileged ? nullptr : &init.seccomp_program;
    PreparedProcess prepared;
    StartedProcess started;
    ProcessStdio actual = stdio;
    UniqueFd slave;
    if (stdio.tty) {
        kernel::Pty pty =
            kernel::open_pty(state_->devpts.get()); // by its descriptor: nothing of the container's tree is looked at
        if (stdio.rows != 0 || stdio.columns != 0)
            kernel::set_terminal_size(pty.master.get(), {stdio.rows, stdio.columns});
        started.console = std::move(pty.master);
        slave = std::move(pty.slave);
        actual.in = actual.out = actual.err = slave.get();
        const auto owner = facts.id_map == nullptr
                               ? exec.process.user.uid
                               : find_outside(facts.id_map->uids, exec.process.user.uid).value_or(0);
        (void)!::fchown(slave.get(), owner, static_cast<gid_t>(-1));
    }
    prepare_process(prepared, exec.process, actual, facts);

    auto [ours, theirs] = make_channel_pair();
    ExecPlan plan;
    plan.process = prepared.plan;
    plan.handshake = theirs.fd();
    plan.parent_end = ours.fd();
    plan.target_pidfd = state_->process.pidfd().get();
    plan.namespaces = init.exec_namespaces;
    plan.setup_uid = init.plan.setup_uid;
    plan.setup_gid = init.plan.setup_gid;
    plan.set_setup_ids = init.plan.takes_setup_identity;
    std::vector<int> kept{plan.process.stdio[0], plan.process.stdio[1], plan.process.stdio[2], plan.handshake,
                          plan.target_pidfd};
    for (const auto& [fd, inside] : actual.preserved)
        kept.push_back(fd);
    std::sort(kept.begin(), kept.end());
    plan.kept = kept;

    auto child = kernel::clone_process({0, state_->cgroup_fd});
    if (!child)
        exec_main(plan);
    theirs.close();
    slave.reset();
    // Two processes speak, in either order: the helper says Joined, the new one only fails or is silent. Both are past
    // it at the end of file.
    std::optional<HandshakeMessage> failure;
    while (const auto message = ours.receive()) {
        const HandshakeMessage word = read_word(*message);
        if (word.word == Word::Joined) {
            const auto pid = static_cast<pid_t>(word.item);
            started.process = ChildProcess{pid, Pidfd::find(pid).value_or(Pidfd{})};
        } else {
            failure = word;
        }
    }
    (void)child->wait();
    if (failure && started.process.pid() != 0)
        (void)started.process.wait();
    if (failure)
        throw find_explanation(*failure, exec.process, facts)
            .value_or(setup_failure(failure->error, "starting a process in the container"));
    if (started.process.pid() == 0)
        throw Error{ErrorKind::NotExecutable, "joining the container: its first process is gone"};
    return started;
}

void ContainerProcess::run_poststop_hooks() noexcept
{
    try {
        HookState state = state_->hook_state("stopped");
        state.pid = 0;
        for (const oci::SpecHook& hook : state_->prepared->spec.hooks.poststop)
            run_hooks({hook}, state, "poststop");
    } catch (const std::exception& error) {
        log::warn(error.what());
    }
}

} // namespace skiff::runtime
