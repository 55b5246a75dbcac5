#include "runtime/container_process.hpp"

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/clone.hpp"
#include "kernel/idmap.hpp"
#include "runtime/hooks.hpp"
#include "runtime/init_child.hpp"
#include "runtime/init_plan.hpp"
#include "runtime/parent_handshake.hpp"
#include "runtime/starting_process.hpp"

#include <sched.h>
#include <utility>

namespace skiff::runtime {
struct ContainerProcess::State
{
    std::unique_ptr<PreparedInit> prepared;
    std::string id, bundle;
    int cgroup_fd = -1;
    ParentHandshake handshake;
    ChildProcess process;
    UniqueFd tap, devpts, console, listener;
    bool tap_expected = false, tap_made = false;
    Stage stage = Stage::SettingUp;

    void launch();
    void find_joined_process();
    void write_id_maps() const;
    void run_runtime_hooks();
    void advance();
    void handle(ParentHandshake::Heard heard);
    void handle_end();
    template <typename Condition>
    void wait_until(const Condition& reached);
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
    handshake = ParentHandshake{std::move(ours)};
    if (joins)
        find_joined_process();
    if (!prepared->id_map.empty())
        write_id_maps();
    if (plan.waits_for_parent)
        handshake.say(Word::Proceed);
}

/// The child is a helper that joins the namespaces, makes the first process there and goes.
void ContainerProcess::State::find_joined_process()
{
    handshake.wait();
    const auto heard = handshake.try_hear();
    ChildProcess helper = std::exchange(process, ChildProcess{});
    if (!heard)
        throw explain_end_before_exec(helper);
    (void)helper.wait();
    if (heard->message.word != Word::Joined)
        throw explain(*prepared, heard->message);
    const auto pid = static_cast<pid_t>(heard->message.item);
    process = ChildProcess{pid, Pidfd::find(pid).value_or(Pidfd{})};
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
    handshake.say(Word::HooksDone);
}

void ContainerProcess::State::handle(ParentHandshake::Heard heard)
{
    switch (heard.message.word) {
    case Word::TapMade:
        if (heard.fds.size() == 1)
            tap = std::move(heard.fds[0]);
        tap_made = true;
        break;
    case Word::NamespacesReady:
        run_runtime_hooks();
        break;
    case Word::Created:
        stage = Stage::Created;
        if (!heard.fds.empty())
            devpts = std::move(heard.fds[0]);
        if (heard.fds.size() == 2)
            console = std::move(heard.fds[1]);
        prepared->process.memory.close_descriptors();
        break;
    case Word::Listening:
        if (heard.fds.size() == 1)
            listener = std::move(heard.fds[0]);
        break;
    case Word::Failed:
        (void)end_child(process);
        process = ChildProcess{};
        handshake.close();
        if (stage != Stage::SettingUp || !retreat_from_refused_proc(*prepared, heard.message))
            throw explain(*prepared, heard.message);
        launch();
        break;
    default:
        throw Error{ErrorKind::Failure, "the container's process said something unexpected"};
    }
}

/// End of file: exec has happened, or the process has gone.
void ContainerProcess::State::handle_end()
{
    // The reaper never executes anything; what it makes does, or is its exit code.
    if (stage != Stage::Starting || (!prepared->plan.reaper && !has_executed(prepared->proc.get(), process.pid()))) {
        ChildProcess gone = std::exchange(process, ChildProcess{});
        throw explain_end_before_exec(gone);
    }
    stage = Stage::Running;
    try {
        run_hooks(prepared->spec.hooks.poststart, hook_state("running"), "poststart");
    } catch (const Error& error) { // Source: runtime-spec, lifecycle step 9: a warning, and life goes on
        log::warn(error.message());
    }
}

void ContainerProcess::State::advance()
{
    while (handshake) {
        if (auto heard = handshake.try_hear())
            handle(std::move(*heard));
        else if (handshake)
            return; // it is busy
        else
            handle_end();
    }
}

template <typename Condition>
void ContainerProcess::State::wait_until(const Condition& reached)
{
    while (!reached()) {
        if (!handshake)
            throw Error{ErrorKind::Failure, "the container's process has gone"};
        handshake.wait();
        advance();
    }
}

void ContainerProcess::State::give_up() noexcept
{
    try {
        if (stage == Stage::Running)
            return;
        handshake.close(); // end of file ends it wherever it waits; the signal, wherever it does not
        (void)end_child(process);
        process = ChildProcess{};
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

Stage ContainerProcess::stage() const { return state_->stage; }
int ContainerProcess::handshake() const { return state_->handshake.fd(); }

Stage ContainerProcess::advance()
{
    state_->advance();
    return state_->stage;
}

void ContainerProcess::begin_start()
{
    state_->stage = Stage::Starting;
    state_->handshake.say(Word::Start);
}

UniqueFd ContainerProcess::take_tap()
{
    if (!state_->tap_expected)
        throw Error{ErrorKind::Failure, "this container makes no network device"};
    state_->wait_until([this] { return state_->tap_made; });
    return std::move(state_->tap);
}

void ContainerProcess::wait_created()
{
    state_->wait_until([this] { return state_->stage != Stage::SettingUp; });
}

UniqueFd ContainerProcess::take_console()
{
    wait_created();
    return std::move(state_->console);
}

UniqueFd ContainerProcess::take_listener() { return std::move(state_->listener); }

void ContainerProcess::start()
{
    wait_created();
    begin_start();
    state_->wait_until([this] { return state_->stage == Stage::Running; });
}

bool ContainerProcess::has_own_pid_namespace() const { return (state_->prepared->clone_flags & CLONE_NEWPID) != 0; }

pid_t ContainerProcess::pid() const { return state_->process.pid(); }
const Pidfd& ContainerProcess::pidfd() const { return state_->process.pidfd(); }
ChildProcess& ContainerProcess::process() { return state_->process; }

StartingProcess ContainerProcess::begin_exec(const ExecSpec& exec, const ProcessStdio& stdio)
{
    return StartingProcess{StartingProcess::State::begin(
        {*state_->prepared, state_->process.pidfd(), state_->devpts.get(), state_->cgroup_fd, state_->process.pid()}, exec, stdio)};
}

StartedProcess ContainerProcess::spawn_exec(const ExecSpec& exec, const ProcessStdio& stdio)
{
    StartingProcess starting = begin_exec(exec, stdio);
    while (!starting.advance())
        starting.state_->handshake.wait();
    return starting.take();
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
