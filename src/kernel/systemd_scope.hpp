#pragma once

#include <optional>
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
/// True when the calling process is in a unit of the user's systemd: only then it may move processes to other units
/// itself, because all cgroups in between are the user's.
bool is_in_user_manager();

/// Asks the user's systemd for a transient scope with a delegated cgroup and waits until the process is in it; returns
/// the scope's place ("/user.slice/...scope"). libsystemd is loaded for this. Nothing, with the reason at debug level,
/// when any of it is missing or refuses: there just is no cgroup then.
std::optional<std::string> try_make_scope(const ScopeRequest& request);

} // namespace skiff::kernel
