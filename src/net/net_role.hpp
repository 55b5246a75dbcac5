#pragma once

#include <string>

namespace skiff::net {

/// The role "net": one container's network. `request` is a NetRequest as JSON; descriptor 4 is the channel to the monitor.
///
/// It binds the published ports, confines itself and answers NetReady, or NetFailed and ends. From AttachTap on it moves
/// frames. It ends when the monitor's end of the channel closes. Returns the exit code.
int run_net_role(const std::string& request);

} // namespace skiff::net
