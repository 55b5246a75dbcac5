// InspectContainerData.Mounts.

#include "engine/container_document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string type_name(MountType type)
{
    switch (type) {
    case MountType::Volume:
        return "volume";
    case MountType::Image:
        return "image";
    default:
        return "bind";
    }
}

std::vector<std::string> options_of(const MountConfig& mount)
{
    std::vector<std::string> options = mount.options;
    if (mount.type == MountType::Overlay)
        options.emplace_back("O");
    if (mount.type == MountType::Volume)
        for (const char* option : {"nosuid", "nodev"})
            if (std::find(options.begin(), options.end(), option + 2) == options.end()) // "suid", "dev"
                options.emplace_back(option);
    if (mount.type != MountType::Image)
        options.emplace_back(mount.recursive ? "rbind" : "bind");
    return options;
}

} // namespace

Json make_mounts_document(const ContainerConfig& config, const std::function<std::string(const std::string&)>& volume_path)
{
    Json mounts = Json::array();
    for (const MountConfig& mount : config.mounts) {
        if (mount.type == MountType::Tmpfs || mount.type == MountType::Devpts)
            continue; // they are in HostConfig.Tmpfs
        Json json;
        json["Type"] = type_name(mount.type);
        if (mount.type == MountType::Volume)
            json["Name"] = mount.source;
        json["Source"] = mount.type == MountType::Volume ? volume_path(mount.source) : mount.source;
        json["Destination"] = mount.target;
        json["Driver"] = mount.type == MountType::Volume ? "local" : "";
        json["Mode"] = "";
        json["Options"] = options_of(mount);
        json["RW"] = !mount.read_only;
        json["Propagation"] = mount.propagation.empty() ? "rprivate" : mount.propagation;
        if (!mount.subpath.empty())
            json["SubPath"] = mount.subpath;
        mounts.push_back(std::move(json));
    }
    return mounts;
}

} // namespace skiff::engine
