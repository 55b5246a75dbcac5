#pragma once

#include "runtime/child_plan.hpp"
#include "runtime/handshake.hpp"

/// The steps that a container's first process and an exec have in common. All of it runs between clone and exec.
namespace skiff::runtime {

[[noreturn]] void die(int handshake, Step step, std::uint32_t item = 0) noexcept; ///< with errno

/// Sends a word, with up to two descriptors (-1: none).
void say(int handshake, Word word, int first_fd = -1, int second_fd = -1, std::uint32_t item = 0) noexcept;
/// Waits for `word`. When the parent has gone there is nobody to tell: the process ends.
void wait_for(int handshake, Word word) noexcept;

/// Default dispositions and an empty mask: what an exec'd program may expect, whatever our caller ignores.
void reset_signals() noexcept;

/// Takes on the ids that the set-up works with: the root of a new user namespace.
void take_setup_identity(int handshake, uid_t uid, gid_t gid) noexcept;

/// The caller's variables lie in our memory since we were forked, and /proc/PID/environ shows them to whoever may trace us: wiped in
/// this copy before a container can see it (T-15).
void forget_environment() noexcept;

/// Before anything else: the file belongs to whom we are now.
void set_oom_score(const ProcessPlan& plan, int handshake) noexcept;

/// fork() without the C library's handlers, which belong to the parent's world.
pid_t fork_plainly(std::uint64_t flags = 0) noexcept;

/// Keyring, limits, umask: what needs the caller's rights and changes nothing that later steps need.
void apply_limits(const ProcessPlan& plan, int handshake) noexcept;

/// Changes to the working directory, which must lie inside the root (T-07). Tries again in drop_privileges when the
/// set-up's rights did not suffice: then the answer is false.
bool enter_working_directory(const ProcessPlan& plan, int handshake) noexcept;

/// A session of its own, with the terminal, and descriptors 0 to 2 and the preserved ones in their places. All others
/// are close-on-exec afterwards. Returns where the handshake now is.
int arrange_descriptors(const ProcessPlan& plan, int handshake) noexcept;

/// Filter, bounding set, groups, ids, capabilities, no_new_privs (security.md R20).
void drop_privileges(const ProcessPlan& plan, int handshake, bool in_working_directory) noexcept;

[[noreturn]] void execute(const ProcessPlan& plan, int handshake) noexcept;

} // namespace skiff::runtime
