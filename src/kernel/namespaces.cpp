// A user namespace for the calling process, with more ids than its own.
//
// Maps are written from outside by the set-uid programs newuidmap and newgidmap. A process that unshares its own namespace
// needs helpers forked beforehand, has to wake them, and is stranded when they fail. Instead a third child is born in the
// new namespace (it only waits to be killed), the two programs write its maps side by side, and we join it with setns: when
// a program fails, we have not moved yet and can go on with one id.
//
// The three children share our memory (CLONE_VM) until they execute or are killed: copying page tables would cost more than
// everything else here. So they call the kernel and nothing else, on stacks of their own, with all signals blocked.

#include "kernel/namespaces.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/refusals.hpp"

#include <array>
#include <csignal>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace skiff::kernel {
namespace {

/// A child on our memory. Reaped by wait().
class SharedMemoryChild
{
  public:
    /// `run` must neither return nor allocate nor touch anything that we may use meanwhile.
    SharedMemoryChild(int (*run)(void*), void* argument, int namespaces)
        : pid_{::clone(run, stack_.data() + stack_.size(), CLONE_VM | SIGCHLD | namespaces, argument)}
    {
        if (pid_ < 0)
            throw explained(Refused::UserNamespace, errno, "making a user namespace");
    }
    SharedMemoryChild(const SharedMemoryChild&) = delete;
    SharedMemoryChild& operator=(const SharedMemoryChild&) = delete;
    ~SharedMemoryChild() // its stack is part of us: it must be gone first
    {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        wait();
    }

    [[nodiscard]] pid_t pid() const { return pid_; }

    ExitStatus wait() noexcept
    {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        return ExitStatus::from_wait(status);
    }

  private:
    alignas(64) std::array<unsigned char, 16384> stack_; // NOLINT: uninitialised on purpose
    pid_t pid_;
};

/// `parent` is its pid. Our descriptors are the child's, locks included: it must not outlive us by a moment, not even when
/// we were killed before it could say so.
[[noreturn]] int hold_namespace(void* parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != *static_cast<const pid_t*>(parent))
        ::_exit(1);
    for (;;)
        ::pause();
}

/// newuidmap PID INSIDE OUTSIDE SIZE ...
struct MapHelper
{
    MapHelper(const std::string& name, pid_t target, const std::vector<IdRange>& ranges, int error_fd)
        : path{find_system_program(name).value_or(name)}, words{name, std::to_string(target)}, error_output{error_fd}
    {
        for (const IdRange& range : ranges)
            for (const std::uint32_t number : {range.inside, range.outside, range.size})
                words.push_back(std::to_string(number));
        for (std::string& word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
    }

    [[noreturn]] static int run(void* self)
    {
        const auto& helper = *static_cast<const MapHelper*>(self);
        ::dup2(helper.error_output, 1);
        ::dup2(helper.error_output, 2);
        static const char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", nullptr}; // R25
        ::execve(helper.path.c_str(), helper.argv.data(), const_cast<char* const*>(environment));
        ::_exit(127);
    }

    std::string path;
    std::vector<std::string> words;
    std::vector<char*> argv;
    int error_output;
};

/// Blocks every signal for as long as children run on our memory: a handler of ours must not run in them.
class AllSignalsBlocked
{
  public:
    AllSignalsBlocked()
    {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
    ~AllSignalsBlocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

void write_maps(const std::string& process, const IdMap& map)
{
    write_virtual_file(AT_FDCWD, cat(process, "/uid_map"), make_map_text(map.uids));
    write_virtual_file(AT_FDCWD, cat(process, "/gid_map"), make_map_text(map.gids));
}

void enter_single_id(const IdentityPlan& plan)
{
    if (::unshare(CLONE_NEWUSER) != 0)
        throw explained(Refused::UserNamespace, errno, "making a user namespace");
    try {
        // Without setgroups, dropping a group can never grant what it denied: only then may one map one's own group.
        write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
        write_maps("/proc/self", plan.map);
    } catch (const Error& error) {
        throw explained(Refused::IdMap, error.errno_value(), error.message());
    }
}

/// Where the helpers' words go. They are few: the pipe holds them until somebody asks.
struct WordPipe
{
    WordPipe()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            throw Error{errno, "making a pipe"};
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
    [[nodiscard]] std::string first_line() const
    {
        std::array<char, 1024> words; // NOLINT: filled by read
        const ssize_t length = ::read(read_end.get(), words.data(), words.size());
        const std::string_view text{words.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
        return std::string{text.substr(0, text.find('\n'))};
    }
    UniqueFd read_end;
    UniqueFd write_end;
};

/// newuidmap and newgidmap, side by side on one namespace.
struct MapHelpers
{
    MapHelpers(pid_t target, const IdMap& map)
        : for_users{"newuidmap", target, map.uids, words.write_end.get()},
          for_groups{"newgidmap", target, map.gids, words.write_end.get()}, users{MapHelper::run, &for_users, 0},
          groups{MapHelper::run, &for_groups, 0}
    {
    }

    /// What failed, in the helpers' own words; empty when the maps are written.
    std::string wait()
    {
        const ExitStatus users_status = users.wait();
        const ExitStatus groups_status = groups.wait();
        if (users_status.code == 0 && groups_status.code == 0)
            return {};
        const std::string text = words.first_line();
        return text.empty() ? cat("newuidmap ended with ", users_status.code, ", newgidmap with ", groups_status.code) : text;
    }

    WordPipe words;
    MapHelper for_users;
    MapHelper for_groups;
    SharedMemoryChild users;
    SharedMemoryChild groups;
};

} // namespace

/// In the order in which they come to life; the holder goes last.
struct UserNamespaceStart::Helpers
{
    explicit Helpers(const IdentityPlan& plan)
    {
        const AllSignalsBlocked quiet; // the children keep it: they run no handler of ours, now or later
        holder = std::make_unique<SharedMemoryChild>(hold_namespace, &parent, CLONE_NEWUSER);
        if (plan.writer == MapWriter::Helpers)
            maps = std::make_unique<MapHelpers>(holder->pid(), plan.map);
        else
            write_maps(cat("/proc/", holder->pid()), plan.map);
    }
    pid_t parent = ::getpid();
    std::unique_ptr<SharedMemoryChild> holder;
    std::unique_ptr<MapHelpers> maps;
};

UserNamespaceStart::UserNamespaceStart(IdentityPlan plan) : plan_{std::move(plan)}
{
    if (!plan_.single_id)
        helpers_ = std::make_unique<Helpers>(plan_);
}
UserNamespaceStart::UserNamespaceStart(UserNamespaceStart&&) noexcept = default;
UserNamespaceStart& UserNamespaceStart::operator=(UserNamespaceStart&&) noexcept = default;
UserNamespaceStart::~UserNamespaceStart() = default;

IdentityPlan UserNamespaceStart::enter()
{
    if (!helpers_) {
        enter_single_id(plan_);
        return std::move(plan_);
    }
    const auto helpers = std::exchange(helpers_, nullptr);
    const std::string failure = helpers->maps ? helpers->maps->wait() : std::string{};
    if (failure.empty()) {
        // 0 inside is the caller's own id: it already is root there, no setresuid needed.
        const auto holder = Pidfd::find(helpers->holder->pid());
        if (!holder)
            throw Error{ESRCH, "entering the new user namespace"};
        enter_namespaces_of(*holder, CLONE_NEWUSER);
        return std::move(plan_);
    }
    IdentityPlan single = plan_single_identity(cat(printable(failure), "; containers have one user id only"));
    enter_single_id(single);
    return single;
}

IdentityPlan enter_new_user_namespace(const IdentityPlan& plan) { return UserNamespaceStart{plan}.enter(); }

void enter_namespaces_of(const Pidfd& process, int flags)
{
    if (::setns(process.get(), flags) == 0)
        return;
    throw explained(Refused::JoinNamespace, errno, "entering the namespaces of a running container");
}

void enter_own_mount_namespace()
{
    if (::unshare(CLONE_NEWNS) != 0)
        throw explained(Refused::MountNamespace, errno, "making a mount namespace");
    // Slave, not private: a home directory that is automounted later must appear in running containers, too. Nothing that
    // we mount is in a peer group with anybody, which is what R8 asks.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
        throw explained(Refused::Mount, errno, "separating our mounts from the host's");
}

} // namespace skiff::kernel
