#pragma once

#include "base/process.hpp"
#include "base/unique_fd.hpp"
#include "oci/runtime_spec.hpp"
#include "runtime/started_process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// From a specification to a process. The caller is single-threaded, has CAP_SYS_ADMIN in its user namespace and owns
/// its mount namespace (so it is root there, or plain root); the container becomes its child.
namespace skiff::runtime {

/// What descriptors 0, 1 and 2 of the new process are.
struct ProcessStdio
{
    int in = -1; ///< -1: the host's /dev/null
    int out = -1;
    int err = -1;
    bool tty = false; ///< a new pty of the container's own instead of the three; its master is take_console()
    std::uint16_t rows = 0, columns = 0;
    std::vector<std::pair<int, int>> preserved; ///< further descriptors: {ours, its number inside (3 or more)}
};

/// What makes the network card. Runs in the new process, inside its network namespace, before anything is mounted, with
/// all capabilities; it must not allocate, throw or lock. Returns the tap's descriptor, 0 when there is nothing to hand
/// over, or -1 with errno.
struct TapStep
{
    int (*make)(const void* plan) noexcept = nullptr; ///< null: there is nothing to do
    const void* plan = nullptr;
};

/// A namespace of somebody else that the container joins instead of making one.
struct NamespaceJoin
{
    std::string type; ///< as oci::SpecNamespace::type
    int fd = -1;      ///< an nsfs descriptor; borrowed until create() returns
};

struct CreateOptions
{
    std::string id;     ///< for hooks and messages
    std::string bundle; ///< for the hooks' state document; may be empty
    /// A descriptor of the mounted root file system; -1: spec.root_path is opened. It must belong to the caller's mount
    /// namespace.
    int root_fd = -1;
    TapStep tap;
    int cgroup_fd = -1;                 ///< directory of a cgroup v2 to start in; -1: the caller's
    std::vector<NamespaceJoin> joins;   ///< win over spec.namespaces[].path
    bool single_id = false;             ///< one-id mode: setgroups, chown and other ids than the one do not exist
    bool keep_groups = false;           ///< the caller's supplementary groups stay (--group-add keep-groups)
    bool reaper = false;                ///< pid 1 is our reaper and the command its child (--init)
    bool make_working_directory = true; ///< spec.process.cwd is made when it is missing; false: then it is an error
    bool die_with_caller = false;       ///< killed when the calling thread ends
    /// BPF of load_seccomp_program(); empty: spec.seccomp is compiled, and without that there is no filter.
    std::string seccomp_program;
    bool has_listener = false; ///< that program holds calls: see take_listener()
};

/// A further process for a running container. `process` comes from make_exec_process().
struct ExecSpec
{
    oci::SpecProcess process;
    bool keep_groups = false;
    bool privileged = false; ///< no seccomp filter
};

/// A further process of a container on its way to exec. It goes away with its owner until take(), and must not outlive the
/// ContainerProcess.
class StartingProcess
{
  public:
    StartingProcess(StartingProcess&&) noexcept;
    StartingProcess& operator=(StartingProcess&&) noexcept;
    ~StartingProcess();

    /// To be watched for reading until advance() says true.
    [[nodiscard]] int handshake() const;
    /// Handles what the process has said, without waiting. True once exec has happened; throws as ContainerProcess::start().
    bool advance();
    void kill() noexcept; ///< its end shows at handshake()
    /// The process, once it runs. The caller reaps it, and must: as long as a zombie is left in the pid namespace, the kernel
    /// does not let its pid 1 end.
    StartedProcess take();

  private:
    friend class ContainerProcess;
    struct State;
    explicit StartingProcess(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// How far a container's first process is.
enum class Stage
{
    SettingUp,
    Created, ///< only exec is missing; it waits for begin_start()
    Starting,
    Running,
};

/// One container's first process: made, set up, waiting just before exec, running.
///
/// Set-up and exec can take for ever when a file server of the user's, or of the container's own, does not answer. A caller
/// that has other duties watches handshake() and calls advance(); wait_created() and start() do the same and wait.
class ContainerProcess
{
  public:
    /// Makes the namespaces and lets the set-up begin; does not wait for its end, so that the caller can start the
    /// network process meanwhile. Everything that can be refused for reasons of the specification is refused here.
    static ContainerProcess create(const oci::RuntimeSpec& spec, const ProcessStdio& stdio,
                                   const CreateOptions& options);

    ContainerProcess(ContainerProcess&&) noexcept;
    ContainerProcess& operator=(ContainerProcess&&) noexcept;
    /// A process that never started goes away with its owner; one that runs stays.
    ~ContainerProcess();

    [[nodiscard]] Stage stage() const;
    /// To be watched for reading as long as the process does not run; may be another descriptor after advance().
    [[nodiscard]] int handshake() const;
    /// Handles what the process has said, without waiting, and tells how far it is then. Throws with the failed step: what
    /// wait_created() and start() throw.
    Stage advance();
    /// Lets it execute the command; only in Stage::Created.
    void begin_start();

    /// Waits until CreateOptions::tap has run. Throws when the set-up failed before.
    UniqueFd take_tap();
    /// Waits for the end of the set-up: namespaces, mounts, hooks; only exec is missing. Throws with the failed step.
    void wait_created();
    /// The pty's master; only with ProcessStdio::tty, once, after wait_created().
    UniqueFd take_console();
    /// Waits for the set-up if need be and executes the command; returns when exec has happened (and poststart hooks
    /// have run). Throws CommandNotFound (127) or NotExecutable (126) with the texts that scripts know.
    void start();

    /// Of the filter, once, in Stage::Running; nothing without CreateOptions::has_listener.
    UniqueFd take_listener();

    [[nodiscard]] pid_t pid() const;
    [[nodiscard]] const Pidfd& pidfd() const;
    [[nodiscard]] ChildProcess& process(); ///< to reap it

    /// False when it joined another's or the host's, or where the kernel refused one: then the container's processes do not end
    /// with this one.
    [[nodiscard]] bool has_own_pid_namespace() const;

    /// Starts a further process in the container. Throws for what can be told at once; the rest StartingProcess::advance() throws.
    StartingProcess begin_exec(const ExecSpec& exec, const ProcessStdio& stdio);
    /// The same, and waits until exec has happened.
    StartedProcess spawn_exec(const ExecSpec& exec, const ProcessStdio& stdio);
    /// Runs the poststop hooks; failures are warnings. To be called once the container is gone.
    void run_poststop_hooks() noexcept;

  private:
    struct State;
    explicit ContainerProcess(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace skiff::runtime
