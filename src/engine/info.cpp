#include "engine/info.hpp"

#include "base/error.hpp"
#include "registry/registries_conf.hpp"

#include <cstdlib>
#include <linux/magic.h>
#include <nlohmann/json.hpp>
#include <sys/statfs.h>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string filesystem_name(const struct statfs& filesystem)
{
    switch (static_cast<unsigned long>(filesystem.f_type)) {
    case EXT4_SUPER_MAGIC:
        return "extfs";
    case 0x58465342:
        return "xfs";
    case BTRFS_SUPER_MAGIC:
        return "btrfs";
    case TMPFS_MAGIC:
        return "tmpfs";
    case OVERLAYFS_SUPER_MAGIC:
        return "overlayfs";
    case NFS_SUPER_MAGIC:
        return "nfs";
    case 0x2fc12fc1:
        return "zfs";
    case 0x0bd00bd0:
        return "lustre";
    case F2FS_SUPER_MAGIC:
        return "f2fs";
    default:
        return "<unknown>";
    }
}

Json describe_containers(Engine& engine)
{
    int running = 0;
    int paused = 0;
    int stopped = 0;
    for (const store::ContainerRecord& record : engine.store().containers().list()) {
        if (record.status == ContainerStatus::Running)
            ++running;
        else if (record.status == ContainerStatus::Paused)
            ++paused;
        else
            ++stopped;
    }
    return {{"number", running + paused + stopped}, {"paused", paused}, {"running", running}, {"stopped", stopped}};
}

/// In Podman's words: all of them, and the last one.
Json describe_other_stores(const store::Root& root)
{
    if (root.others().empty())
        return Json::object();
    Json all = Json::array();
    for (const store::OtherStore& other : root.others())
        all.push_back(other.path);
    return {{"overlay.additionalImageStores", all}, {"overlay.imagestore", root.others().back().path}};
}

Json describe_store(Engine& engine)
{
    const store::Root& root = engine.store().root();
    const rootfs::Driver driver = engine.driver();
    struct statfs filesystem
    {
    };
    (void)::fstatfs(root.data(), &filesystem);
    const auto block = static_cast<std::uint64_t>(filesystem.f_frsize);
    const char* temporary = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe)
    Json notes = Json::array();
    for (const auto* list : {&engine.locations().data_notes, &engine.locations().run_notes})
        for (const std::string& note : *list)
            notes.push_back(note);
    const std::string& volume_path = engine.options().volume_path;
    return {{"containerStore", describe_containers(engine)},
            {"graphDriverName", driver == rootfs::Driver::Copy ? "vfs" : "overlay"}, // the names that scripts know
            {"graphDriver", rootfs::to_string(driver)},
            {"graphDriverReason", engine.driver_reason()},
            {"graphOptions", describe_other_stores(root)},
            {"graphRoot", root.data_path()},
            {"graphRootReason", engine.locations().data_reason},
            {"graphRootAllocated", block * filesystem.f_blocks},
            {"graphRootUsed", block * (filesystem.f_blocks - filesystem.f_bfree)},
            {"graphStatus",
             {{"Backing Filesystem", filesystem_name(filesystem)},
              {"Driver", rootfs::to_string(driver)},
              {"Supports d_type", "true"}}},
            {"imageCopyTmpDir", temporary != nullptr && *temporary == '/' ? temporary : "/var/tmp"},
            {"imageStore", {{"number", engine.store().images().list_all().size()}}},
            {"locationNotes", std::move(notes)},
            {"runRoot", root.run_path()},
            {"runRootReason", engine.locations().run_reason},
            {"transientStore", false},
            {"volumePath", volume_path.empty() ? root.data_path() + "/volumes" : volume_path}};
}

Json describe_registries()
{
    const registry::RegistriesConf conf = registry::load_registries_conf(registry::ConfigPlaces::from_environment());
    Json registries = Json::object();
    if (conf.search)
        registries["search"] = *conf.search;
    for (const registry::RegistryConf& each : conf.registries) {
        Json mirrors = Json::array();
        for (const registry::MirrorConf& mirror : each.mirrors)
            mirrors.push_back({{"Location", mirror.location}, {"Insecure", mirror.insecure}});
        registries[each.prefix] = {{"Prefix", each.prefix},
                                   {"Location", each.location.empty() ? each.prefix : each.location},
                                   {"Insecure", each.insecure},
                                   {"Blocked", each.blocked},
                                   {"Mirrors", std::move(mirrors)}};
    }
    return registries;
}

} // namespace

nlohmann::ordered_json make_info(Engine& engine)
{
    Json store = describe_store(engine);
    Json volume_drivers{"local"};
    for (const std::string& plugin : engine.settings().volume_plugins)
        volume_drivers.push_back(plugin);
    return {{"host", make_host_info(engine)},
            {"store", std::move(store)},
            {"registries", describe_registries()},
            {"plugins",
             {{"volume", std::move(volume_drivers)},
              {"network", {"bridge", "private", "host", "none"}},
              {"log", {"k8s-file", "json-file", "none", "passthrough"}},
              {"authorization", nullptr}}}};
}

} // namespace skiff::engine
