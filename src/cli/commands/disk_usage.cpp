// system df.

#include "cli/commands/disk_usage.hpp"

#include "base/cat.hpp"
#include "cli/commands/image_rows.hpp"
#include "cli/output.hpp"
#include "text/size.hpp"
#include "text/time_format.hpp"

#include <cmath>
#include <set>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Summary
{
    const char* type;
    std::size_t total = 0, active = 0;
    std::uint64_t bytes = 0, reclaimable = 0;
};

Json make_row(const Summary& summary)
{
    const auto percent =
        summary.bytes == 0
            ? 0
            : std::lround(100.0 * static_cast<double>(summary.reclaimable) / static_cast<double>(summary.bytes));
    return {{"Type", summary.type},
            {"Total", summary.total},
            {"Active", summary.active},
            {"RawSize", summary.bytes},
            {"RawReclaimable", summary.reclaimable},
            {"TotalCount", summary.total},
            {"Size", text::format_bytes_decimal(summary.bytes)},
            {"Reclaimable", cat(text::format_bytes_decimal(summary.reclaimable), " (", percent, "%)")}};
}

Summary summarize_images(const engine::DiskUsage& usage)
{
    Summary summary{"Images", usage.images.size(), 0, usage.image_bytes, usage.reclaimable_image_bytes};
    for (const engine::ImageUsage& image : usage.images)
        summary.active += image.containers > 0 ? 1 : 0;
    return summary;
}

Summary summarize_containers(const engine::DiskUsage& usage)
{
    Summary summary{"Containers", usage.containers.size()};
    for (const engine::ContainerUsage& container : usage.containers) {
        summary.active += container.running ? 1 : 0;
        summary.bytes += container.changed_bytes;
        summary.reclaimable += container.running ? 0 : container.changed_bytes;
    }
    return summary;
}

Summary summarize_volumes(const engine::DiskUsage& usage)
{
    Summary summary{"Local Volumes", usage.volumes.size()};
    for (const engine::VolumeUsage& volume : usage.volumes) {
        summary.active += volume.links > 0 ? 1 : 0;
        summary.bytes += volume.size;
        summary.reclaimable += volume.links > 0 ? 0 : volume.size;
    }
    return summary;
}

/// "3 days": the table's heading says what it is about.
std::string age(WallTime created)
{
    std::string text = text::human_age(created, wall_now());
    return text.substr(0, text.rfind(" ago"));
}

std::string size_text(std::uint64_t bytes) { return text::format_bytes_decimal(bytes); }

void print_images(const engine::DiskUsage& usage)
{
    Json rows = Json::array();
    for (const engine::ImageUsage& image : usage.images) {
        const RepositoryAndTag name = image.name.empty() ? RepositoryAndTag{} : split_name(image.name);
        rows.push_back({{"Repository", name.repository},
                        {"Tag", name.tag},
                        {"ImageID", image.id.substr(0, 12)},
                        {"Created", age(image.created)},
                        {"Size", size_text(image.size)},
                        {"SharedSize", size_text(image.shared_bytes)},
                        {"UniqueSize", size_text(image.unique_bytes)},
                        {"Containers", image.containers}});
    }
    print("Images space usage:\n\n");
    print_list({"df", "system.dfImage",
                "{{.Repository}}\t{{.Tag}}\t{{.ImageID}}\t{{.Created}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{"
                ".Containers}}"},
               "", false, rows, rows);
}

void print_containers(const engine::DiskUsage& usage)
{
    Json rows = Json::array();
    for (const engine::ContainerUsage& container : usage.containers) {
        std::string command;
        for (const std::string& word : container.command)
            command += (command.empty() ? "" : " ") + word;
        rows.push_back({{"ContainerID", container.id.substr(0, 12)},
                        {"Image", container.image_id.substr(0, 12)},
                        {"Command", command},
                        {"LocalVolumes", container.volumes},
                        {"RWSize", size_text(container.changed_bytes)},
                        {"Created", age(container.created)},
                        {"Status", container.status},
                        {"Names", container.name}});
    }
    print("\nContainers space usage:\n\n");
    print_list({"df", "system.dfContainer",
                "{{.ContainerID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.RWSize}}\t{{.Created}}\t{{.Status}}"
                "\t{{.Names}}",
                R"({"RWSize": "SIZE"})"},
               "", false, rows, rows);
}

void print_volumes(const engine::DiskUsage& usage)
{
    Json rows = Json::array();
    for (const engine::VolumeUsage& volume : usage.volumes)
        rows.push_back({{"VolumeName", volume.name}, {"Links", volume.links}, {"Size", size_text(volume.size)}});
    print("\nLocal Volumes space usage:\n\n");
    print_list({"df", "system.dfVolume", "{{.VolumeName}}\t{{.Links}}\t{{.Size}}"}, "", false, rows, rows);
}

} // namespace

Json make_usage_summary(const engine::DiskUsage& usage)
{
    return {make_row(summarize_images(usage)), make_row(summarize_containers(usage)),
            make_row(summarize_volumes(usage))};
}

void print_usage_details(const engine::DiskUsage& usage)
{
    print_images(usage);
    print_containers(usage);
    print_volumes(usage);
}

} // namespace skiff::cli
