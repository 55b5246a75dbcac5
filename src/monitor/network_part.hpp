#pragma once

#include "model/container_config.hpp"
#include "model/container_state.hpp"
#include "monitor/named_networks.hpp"
#include "net/hosts_file.hpp"
#include "net/net_request.hpp"
#include "net/net_process.hpp"
#include "net/tap.hpp"
#include "runtime/container_process.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::monitor {

/// A container's share in the network: nothing, the host's, another container's, a private one with a process of its own, and
/// networks by name.
class NetworkPart
{
  public:
    /// Decides, starts the net process of a private network and joins the named ones: from here on its ports are bound or
    /// being bound. `before`: the memberships of the last run, whose addresses it would like again.
    NetworkPart(const ContainerConfig& config, const store::Store& store, const std::vector<NetworkMembership>& before);
    ~NetworkPart(); ///< the ports are free again when it returns
    NetworkPart(const NetworkPart&) = delete;
    NetworkPart& operator=(const NetworkPart&) = delete;

    /// The step that makes the network card inside the container; none for the modes without one.
    [[nodiscard]] runtime::TapStep tap_step();
    [[nodiscard]] bool needs_tap() const { return process_.has_value(); }
    void attach_tap(UniqueFd tap);
    /// The ports are bound: throws "listen tcp ...: address already in use" and its kin.
    void wait_ready();

    [[nodiscard]] int pidfd() { return process_ ? process_->process().pidfd().get() : -1; }
    [[nodiscard]] std::vector<pid_t> pids();
    [[nodiscard]] std::string host_address() const { return host_address_; }
    [[nodiscard]] std::vector<std::string> name_servers() const;
    [[nodiscard]] bool has_name_service() const { return named_ && named_->has_name_service(); }
    [[nodiscard]] std::vector<net::HostsEntry> addresses(const ContainerConfig& config, const std::string& hostname) const;
    void describe(ContainerState& state);
    [[nodiscard]] std::vector<std::string> warnings() const { return named_ ? named_->warnings() : std::vector<std::string>{}; }

    /// None but in a container with a network namespace of its own.
    [[nodiscard]] NamedNetworks* named() { return named_ ? &*named_ : nullptr; }

  private:
    void start_own(const ContainerConfig& config, const net::HostNetworks& host);

    std::optional<net::NetRequest> request_;
    std::optional<net::NetworkProcess> process_;
    std::optional<NamedNetworks> named_;
    net::TapPlan plan_;
    bool loopback_only_ = false;
    std::string host_address_;
};

} // namespace skiff::monitor
