#include "base/error.hpp"
#include "require.hpp"
#include "runtime/cdi_devices.hpp"

#include <cstddef>
#include <cstdint>

/// A vendor's file, as JSON and as YAML: it is refused with a reason, or everything in it is something that a container can be given.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff;
    const std::string text{reinterpret_cast<const char*>(data), size};
    for (auto* parse : {runtime::parse_cdi_json, runtime::parse_cdi_yaml}) {
        try {
            const runtime::CdiSpec spec = parse(text);
            for (const runtime::CdiDevice& device : spec.devices) {
                require(runtime::is_cdi_name(cat(spec.kind, "=", device.name)));
                ContainerConfig config;
                runtime::apply(spec.common, config);
                runtime::apply(device.edits, config);
                for (const MountConfig& mount : config.mounts)
                    require(mount.source.starts_with('/') && mount.target.starts_with('/'));
                for (const DeviceConfig& node : config.devices)
                    require(node.host_path.starts_with('/') && node.container_path.starts_with('/'));
            }
        } catch (const Error& error) {
            require(!error.message().empty());
        }
    }
    return 0;
}
