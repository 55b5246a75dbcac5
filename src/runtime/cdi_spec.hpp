#pragma once

#include "model/container_config.hpp"
#include "oci/runtime_spec.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Devices by name, as the Container Device Interface has them: a vendor's file says what a container needs to use "nvidia.com/gpu=0",
/// device nodes and the driver's libraries above all. Source: github.com/cncf-tags/container-device-interface, SPEC.md 1.0.
namespace skiff::runtime {

/// "VENDOR/CLASS=NAME", such as "nvidia.com/gpu=all". Paths of device nodes are something else.
bool is_cdi_name(std::string_view text);

/// What one device, or all devices of a file, add to a container.
struct CdiEdits
{
    std::vector<std::string> env; ///< "NAME=value"
    std::vector<DeviceConfig> devices;
    std::vector<MountConfig> mounts;
    std::vector<std::string> groups; ///< numbers
    oci::SpecHooks hooks;
};

struct CdiDevice
{
    std::string name;
    CdiEdits edits;
};

/// One file. A container that gets one of its devices, or several, gets the common edits once.
struct CdiSpec
{
    std::string kind; ///< "nvidia.com/gpu"
    CdiEdits common;
    std::vector<CdiDevice> devices;
};

/// Throws naming the field that is wrong, or that asks for what is not done here: nothing of a file is left out in silence.
CdiSpec parse_cdi_json(const std::string& text);
CdiSpec parse_cdi_yaml(const std::string& text);

} // namespace skiff::runtime
