#include "cli/configured_mounts.hpp"

#include "base/error.hpp"
#include "cli/values_mount.hpp"

#include <algorithm>

namespace skiff::cli {

void add_configured_mounts(const engine::Settings& settings, CreateRequest& request)
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
    const std::size_t asked = request.mounts.size();
    for (MountRequest& mount : configured)
        if (std::none_of(request.mounts.begin(), request.mounts.begin() + static_cast<std::ptrdiff_t>(asked),
                         [&](const MountRequest& other) { return other.config.target == mount.config.target; }))
            request.mounts.push_back(std::move(mount));
}

} // namespace skiff::cli
