#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>

/// The protocol of sd_notify(3), without its library: datagrams of "NAME=value" lines to the socket that a service manager
/// names in $NOTIFY_SOCKET.
namespace skiff::kernel {

/// Sends `state` to `socket`: a path, or "@name" in the abstract name space. What cannot be sent is logged at debug level: a
/// service manager that has gone is no reason to fail.
void try_notify(const std::string& socket, const std::string& state);

/// The other side: a socket `name` in the directory `dir` that anybody may send to. Non-blocking.
UniqueFd listen_for_notifications(int dir, const std::string& name);
/// The next message; nothing when there is none now. Messages longer than 4 KiB are cut.
std::optional<std::string> receive_notification(int socket);

} // namespace skiff::kernel
