#pragma once

#include "monitor/assembly.hpp"
#include "monitor/cgroup_part.hpp"
#include "monitor/joins.hpp"
#include "monitor/mount_sources.hpp"
#include "monitor/network_part.hpp"
#include "monitor/private_files.hpp"
#include "monitor/run_files.hpp"
#include "monitor/stdio_pipes.hpp"
#include "rootfs/rootfs.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_builder.hpp"

#include <optional>

namespace skiff::monitor {

/// What an Assembly consists of, in the order of building; the destructor of a struct goes backwards.
struct Assembly::Parts
{
    ContainerConfig config;
    std::vector<std::string> warnings;
    std::string hostname; ///< in effect
    oci::SpecHooks device_hooks; ///< of CDI devices
    std::optional<NetworkPart> network;
    std::optional<rootfs::Rootfs> root;
    runtime::AccountFiles accounts;
    runtime::UserIdentity user;
    MountSources sources;
    Joins joins;
    std::optional<CgroupPart> cgroup;
    std::optional<RunFiles> files;
    std::optional<PrivateFiles> private_files;
    oci::RuntimeSpec spec;
    StdioPipes stdio;
    std::optional<runtime::ContainerProcess> process;

    /// The account files that the container has now.
    [[nodiscard]] runtime::AccountFiles load_accounts() const;
    /// Changes of owner and identity are answered by the filter (runtime/pretended_ids.hpp).
    [[nodiscard]] bool pretends_ids(const AssemblyRequest& request) const;
    [[nodiscard]] runtime::IdChanges id_changes(const AssemblyRequest& request) const;

    void warn(const std::vector<std::string>& more) { warnings.insert(warnings.end(), more.begin(), more.end()); }

    // The steps of building (assembly_build.cpp).
    void add_cdi_devices();
    void find_user(bool single_id);
    void write_files(const AssemblyRequest& request);
    void make_specification(const AssemblyRequest& request);
    void open_streams(const AssemblyRequest& request);
    void write_bundle(const AssemblyRequest& request);
    void make_process(const AssemblyRequest& request);
    void connect_network();
};

} // namespace skiff::monitor
