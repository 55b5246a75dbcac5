#pragma once

#include "model/container_config.hpp"
#include "model/container_state.hpp"
#include "net/hosts_file.hpp"
#include "net/net_request.hpp"
#include "net/net_process.hpp"
#include "net/tap.hpp"
#include "runtime/container_process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::monitor {

/// A container's share in the network: nothing, the host's, another container's, or a private one with a process of its own.
class NetworkPart
{
  public:
    /// Decides, and starts the net process of a private network: from here on its ports are bound or being bound.
    explicit NetworkPart(const ContainerConfig& config);
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
    [[nodiscard]] pid_t pid() { return process_ ? process_->process().pid() : 0; }
    [[nodiscard]] std::string host_address() const { return host_address_; }
    [[nodiscard]] std::vector<std::string> name_servers() const;
    [[nodiscard]] std::vector<net::HostsEntry> addresses(const ContainerConfig& config, const std::string& hostname) const;
    void describe(ContainerState& state);

  private:
    std::optional<net::NetRequest> request_;
    std::optional<net::NetworkProcess> process_;
    net::TapPlan plan_;
    bool loopback_only_ = false;
    std::string host_address_;
};

} // namespace skiff::monitor
