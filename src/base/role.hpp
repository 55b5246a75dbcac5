#pragma once

#include "base/process.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Long-lived processes of ours are roles: this same program, started again under another name, with its request as
/// one message on an inherited descriptor. `ps` shows "skiff: monitor web".
namespace skiff {

/// Descriptors that a role is given, by the number it finds them at.
constexpr int role_request_fd = 3; ///< the request (JSON text), to end of file
constexpr int first_role_fd = 4;   ///< whatever the role's header lists, in its order

struct RoleRequest
{
    std::string role;              ///< "monitor", "net", "unpack"
    std::string title;             ///< what `ps` shows behind the role's name
    std::string json;              ///< the request, at most 1 MiB
    std::vector<int> fds;          ///< become first_role_fd, first_role_fd + 1 ...
    std::vector<std::pair<int, int>> stdio; ///< {ours, 0..2}; the rest is /dev/null
    int program_fd = -1;           ///< the program to execute, e.g. from open_read_only_program; -1: /proc/self/exe
};

/// Starts the role in a session of its own.
ChildProcess spawn_role(const RoleRequest& request);

/// True when argv says that this process is a role: its name, and the request read from role_request_fd.
struct RoleStart
{
    std::string role;
    std::string json;
};
std::optional<RoleStart> find_role(int argc, char** argv);

} // namespace skiff
