#include "cli/configured_defaults.hpp"

#include "base/error.hpp"
#include "cli/values.hpp"
#include "cli/values_limits.hpp"
#include "cli/values_mount.hpp"
#include "text/duration.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

void add_mounts(const engine::Settings& settings, std::vector<MountRequest>& mounts)
{
    std::vector<MountRequest> configured;
    while_doing("parsing containers.conf mounts", [&] {
        for (const std::string& text : settings.mounts)
            add_mount(configured, text);
    });
    while_doing("parsing containers.conf volumes", [&] {
        for (const std::string& text : settings.volumes)
            configured.push_back(read_volume(text));
    });
    const auto asked = static_cast<std::ptrdiff_t>(mounts.size());
    for (MountRequest& mount : configured)
        if (std::none_of(mounts.begin(), mounts.begin() + asked,
                         [&](const MountRequest& other) { return other.config.target == mount.config.target; }))
            mounts.push_back(std::move(mount));
}

void add_devices(const engine::Settings& settings, CreateRequest& request)
{
    CreateRequest configured;
    while_doing("parsing containers.conf devices", [&] {
        for (const std::string& text : settings.devices)
            add_device(configured, text);
    });
    for (DeviceConfig& device : configured.devices)
        if (std::none_of(request.devices.begin(), request.devices.end(),
                         [&](const DeviceConfig& other) { return other.container_path == device.container_path; }))
            request.devices.push_back(std::move(device));
    for (std::string& name : configured.cdi_devices)
        if (std::find(request.cdi_devices.begin(), request.cdi_devices.end(), name) == request.cdi_devices.end())
            request.cdi_devices.push_back(std::move(name));
}

/// A port that names no address of the host is published on each of these.
void add_host_addresses(const std::vector<std::string>& addresses, std::vector<PortMapping>& ports)
{
    if (addresses.empty())
        return;
    std::vector<PortMapping> bound;
    for (const PortMapping& port : ports) {
        if (!port.host_ip.empty())
            bound.push_back(port);
        else
            for (const std::string& address : addresses)
                bound.emplace_back(port).host_ip = address;
    }
    ports = std::move(bound);
}

} // namespace

void add_configured_defaults(const engine::Settings& settings, CreateRequest& request)
{
    add_mounts(settings, request.mounts);
    add_devices(settings, request);
    add_host_addresses(settings.default_host_ips, request.network.publish);
    if (!request.pull && settings.pull_policy)
        request.pull = while_doing("parsing containers.conf pull_policy", [&] { return read_pull_policy(*settings.pull_policy); });
    add_configured_retries(settings, request.pull_options);
}

void add_configured_retries(const engine::Settings& settings, PullOptions& options)
{
    if (!options.retries && settings.retry && *settings.retry >= 0)
        options.retries = static_cast<std::uint32_t>(*settings.retry);
    if (!options.retry_delay && settings.retry_delay && !settings.retry_delay->empty())
        options.retry_delay =
            while_doing("parsing containers.conf retry_delay", [&] { return text::parse_duration(*settings.retry_delay); });
}

} // namespace skiff::cli
