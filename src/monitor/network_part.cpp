#include "monitor/network_part.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

namespace skiff::monitor {
namespace {

int make_tap(const void* plan) noexcept { return net::configure_network(*static_cast<const net::TapPlan*>(plan)); }

/// A namespace with nothing but lo has no card; -1 without errno would be a failure, so lo's own answer is mapped.
int bring_up_loopback(const void* /*plan*/) noexcept { return net::configure_loopback(); }

bool is_private(const NamespaceChoice& choice)
{
    return choice.mode == NamespaceMode::Private || choice.mode == NamespaceMode::Shareable;
}

} // namespace

NetworkPart::NetworkPart(const ContainerConfig& config, const store::Store& store, const std::vector<NetworkMembership>& before)
{
    const NetworkConfig& network = config.network;
    loopback_only_ = network.mode.mode == NamespaceMode::None;
    if (network.mode.mode == NamespaceMode::Host)
        host_address_ = "127.0.0.1";
    if (!is_private(network.mode))
        return;
    const net::HostNetworks host = net::find_host_networks();
    host_address_ = host.outgoing_address;
    if (network.own)
        start_own(config, host);
    named_.emplace(config, store, before, network.own);
    if (!network.own && !named_->has_way_out())
        host_address_.clear();
}

void NetworkPart::start_own(const ContainerConfig& config, const net::HostNetworks& host)
{
    const NetworkConfig& network = config.network;
    request_ = net::make_net_request(network.options, host, net::load_host_resolv_conf());
    request_->ports = network.ports;
    plan_ = request_->tap_plan();
    if (host_address_.empty())
        host_address_ = net::to_text(request_->addresses().host);
    process_.emplace(net::NetworkProcess::start(*request_, config.name));
}

NetworkPart::~NetworkPart()
{
    named_.reset();
    if (!process_)
        return;
    // Its last descriptor of the tap takes the kernel tens of milliseconds to close: wait for it only where somebody may want
    // the same ports again at once.
    ChildProcess process = std::move(process_->process());
    process_.reset();
    if (request_->ports.empty())
        return;
    try {
        (void)process.wait();
    } catch (const Error& error) {
        log::debug(cat("waiting for the network process: ", error.message(), "; ignored"));
    }
}

runtime::TapStep NetworkPart::tap_step()
{
    if (process_)
        return {&make_tap, &plan_};
    if (loopback_only_ || named_)
        return {&bring_up_loopback, nullptr};
    return {};
}

void NetworkPart::attach_tap(UniqueFd tap) { process_->attach_tap(tap.get()); }

void NetworkPart::wait_ready()
{
    if (process_)
        process_->wait_ready();
}

std::vector<std::string> NetworkPart::name_servers() const
{
    std::vector<std::string> servers = named_ ? named_->name_servers() : std::vector<std::string>{};
    if (request_)
        for (const std::string& server : request_->name_servers_inside())
            servers.push_back(server);
    return servers;
}

std::vector<net::HostsEntry> NetworkPart::addresses(const ContainerConfig& config, const std::string& hostname) const
{
    std::vector<net::HostsEntry> entries;
    if (request_)
        entries.push_back({net::to_text(request_->addresses().container), net::make_own_names(hostname, config.name)});
    if (named_)
        for (net::HostsEntry& entry : named_->hosts_entries(hostname))
            entries.push_back(std::move(entry));
    return entries;
}

std::vector<pid_t> NetworkPart::pids()
{
    std::vector<pid_t> pids = named_ ? named_->started() : std::vector<pid_t>{};
    if (process_)
        pids.push_back(process_->process().pid());
    return pids;
}

void NetworkPart::describe(ContainerState& state)
{
    state.networks = named_ ? named_->memberships() : std::vector<NetworkMembership>{};
    if (!request_)
        return;
    const net::NetworkAddresses addresses = request_->addresses();
    state.ip_address = net::to_text(addresses.container);
    state.gateway = net::to_text(addresses.host);
    state.ip_prefix_length = addresses.prefix;
    if (addresses.ipv6)
        state.ip6_address = net::to_text(addresses.container6);
    state.network = identify(process_->process().pid());
}

} // namespace skiff::monitor
