#pragma once

#include "base/channel.hpp"
#include "net/hub_request.hpp"
#include "net/network_cable.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace skiff::net {

/// Starts the network's process unless it runs. `directory` is RUN/networks/NAME. The process is nobody's child of ours: it
/// lives as long as somebody is in the network. Returns its pid when it was started now.
///
/// Call it inside the shared user namespace, single-threaded.
std::optional<pid_t> ensure_network_process(const std::string& directory, const Network& network, int program_fd = -1);

/// A container's membership in one network: the connection that its monitor holds. It ends with it.
class NetworkMember
{
  public:
    /// Joins, starting the network's process when needed. Throws what that process met: addresses and ports that are taken.
    static NetworkMember join(const std::string& directory, const Network& network, const MemberRequest& request, int program_fd = -1);

    [[nodiscard]] const std::vector<NetworkMembership::Address>& addresses() const { return addresses_; }
    [[nodiscard]] const std::vector<std::string>& name_servers() const { return name_servers_; }
    [[nodiscard]] int hub_namespace() const { return hub_namespace_.get(); }
    /// Readable when the network's process has died.
    [[nodiscard]] int fd() const { return channel_.fd(); }
    /// Of the process that this one had to start.
    [[nodiscard]] std::optional<pid_t> started() const { return started_; }

    /// False when the network's process has ended: whoever watches fd() joins again, and says all then.
    [[nodiscard]] bool change(MemberRequest request);
    /// The ports are free when it returns, as far as the process answers in time.
    void leave() noexcept;

  private:
    NetworkMember() = default;
    bool ask(const MemberRequest& request); ///< false when the network's process has ended

    Channel channel_;
    UniqueFd hub_namespace_;
    std::vector<NetworkMembership::Address> addresses_;
    std::vector<std::string> name_servers_;
    std::optional<pid_t> started_;
};

/// For `network update`: a network that runs asks other name servers from now on.
void tell_name_servers(const std::string& directory, const std::vector<std::string>& name_servers);

} // namespace skiff::net
