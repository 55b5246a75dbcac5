#pragma once

#include "model/container_config.hpp"
#include "model/container_state.hpp"
#include "net/hosts_file.hpp"
#include "net/network_cable.hpp"
#include "net/network_member.hpp"
#include "store/store.hpp"

#include <list>
#include <string>
#include <vector>

namespace skiff::monitor {

/// One running container's places in the networks by name: what it says to their processes, and its cables.
class NamedNetworks
{
  public:
    /// Joins all networks of `config`, so that its addresses are known and its ports bound. `has_own`: it has a private network
    /// besides, which carries the ports then.
    NamedNetworks(const ContainerConfig& config, const store::Store& store, const std::vector<NetworkMembership>& before, bool has_own);
    ~NamedNetworks();
    NamedNetworks(const NamedNetworks&) = delete;
    NamedNetworks& operator=(const NamedNetworks&) = delete;

    [[nodiscard]] bool has_way_out() const; ///< one of them is not internal
    /// Makes the interfaces in the network namespace of the container's process, which exists by now.
    void plug_in(pid_t container);

    /// What was connected and disconnected since: takes effect at once. Throws, and then nothing was connected.
    void change(const ContainerConfig& config);

    [[nodiscard]] std::vector<std::string> warnings() const; ///< about ports that no network can publish now

    [[nodiscard]] std::vector<NetworkMembership> memberships() const;
    [[nodiscard]] std::vector<std::string> name_servers() const;
    [[nodiscard]] bool has_name_service() const;
    [[nodiscard]] std::vector<net::HostsEntry> hosts_entries(const std::string& hostname) const;

    /// Descriptors that become readable when a network's process dies.
    [[nodiscard]] std::vector<int> watched() const;
    /// Joins the network behind that descriptor again, with the same addresses; its process is made again when nobody else was
    /// faster. False when that is not possible now: the membership is lost until `rejoin_lost` finds it again.
    bool rejoin(int watched);
    /// Tries to join again whatever is lost. False while something still is.
    bool rejoin_lost();
    /// Processes of networks that this one had to start.
    [[nodiscard]] const std::vector<pid_t>& started() const { return started_; }

  private:
    struct Place
    {
        NetworkAttachment attachment;
        Network network;
        std::optional<net::NetworkMember> member; ///< none: lost
        NetworkMembership membership;
        std::uint32_t metric = 0; ///< of its default route
        bool plugged = false;     ///< there is an interface
    };

    void join(Place& place, const std::vector<NetworkMembership::Address>& preferred, const std::string& preferred_mac);
    void plug_in(Place& place);
    void leave(Place& place);
    bool rejoin(Place& place);
    [[nodiscard]] Place make_place(const NetworkAttachment& attachment) const;
    [[nodiscard]] std::string choose_interface(const NetworkAttachment& attachment) const;
    [[nodiscard]] net::MemberRequest make_request(const Place& place) const;
    [[nodiscard]] net::NetworkCable make_cable(const Place& place) const;
    [[nodiscard]] const Place* find_carrier() const;
    void order_routes();
    [[nodiscard]] bool is_last_name_service(const Place& place) const;
    void tell_changes();

    ContainerConfig config_;
    const store::Store& store_;
    bool has_own_;
    bool starts_ = true; ///< the network that is joined is the one that gets the ports
    std::list<Place> places_;
    UniqueFd namespace_; ///< the container's, from plug_in on
    std::vector<pid_t> started_;
};

} // namespace skiff::monitor
