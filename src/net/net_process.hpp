#pragma once

#include "base/channel.hpp"
#include "base/process.hpp"
#include "net/net_request.hpp"

#include <string>

namespace skiff::net {

/// The monitor's side of a net process. Dropping it ends that process: it goes when its channel closes.
///
/// Start it early, it gets ready beside everything else; the tap may be attached before or after wait_ready.
class NetworkProcess
{
  public:
    /// `title`: what `ps` shows behind "skiff: net". `program_fd` as in RoleRequest.
    static NetworkProcess start(const NetRequest& request, const std::string& title, int program_fd = -1);

    /// Sends the descriptor over; the caller's copy may be closed.
    void attach_tap(int tap_fd);

    /// Waits until all ports listen. Throws what the process met, first of all `listen tcp 0.0.0.0:80: bind: address
    /// already in use`, of kind NotExecutable.
    NetReady wait_ready();

    /// The host's resolv.conf has changed.
    void set_name_servers(const std::vector<std::string>& name_servers);

    /// For the caller's wait: its end is the loss of the network, of that container only.
    [[nodiscard]] ChildProcess& process() { return process_; }

  private:
    NetworkProcess(Channel channel, ChildProcess process) : channel_{std::move(channel)}, process_{std::move(process)} {}

    Channel channel_;
    ChildProcess process_;
};

} // namespace skiff::net
