#pragma once

#include <string>
#include <sys/types.h>

namespace skiff::kernel {

/// What the user's systemd is asked for.
struct ScopeRequest
{
    std::string name; ///< "skiff-0123abcd.scope"
    std::string description;
    std::string slice = "user.slice";
    pid_t process = 0; ///< moved into the scope
};

/// True when a systemd of this user's answers: its private socket is in `runtime_dir` ($XDG_RUNTIME_DIR).
bool user_manager_exists(const std::string& runtime_dir);

/// Asks the user's systemd for a transient scope with a delegated cgroup and waits until the process is in it.
/// libsystemd is loaded for this. False, with the reason at debug level, when any of it is missing or refuses: there
/// just is no cgroup then.
bool try_make_scope(const ScopeRequest& request);

} // namespace skiff::kernel
