#pragma once

#include "model/container_config.hpp"
#include "net/hosts_file.hpp"
#include "runtime/user_lookup.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::monitor {

/// The files that the engine writes for a container, in its runtime directory; empty paths: none is shown.
struct RunFiles
{
    std::string hosts, resolv_conf, hostname, containerenv, passwd, group;
};

struct RunFilesRequest
{
    const ContainerConfig& config;
    std::string run_path;    ///< the container's directory
    int run_dir = -1;
    int rootfs = -1;         ///< for the image's own /etc/hosts, /etc/passwd
    std::string hostname;    ///< in effect
    std::string host_address; ///< where the container reaches the host; empty: nowhere
    std::vector<std::string> name_servers; ///< of the container's own network
    std::vector<net::HostsEntry> addresses; ///< the container's own
    std::string shared_network_path; ///< the runtime directory of the container whose network is joined; empty: none
    bool host_network = false;
    runtime::AccountFiles accounts;
    runtime::UserIdentity user;
};

/// --hostuser: `passwd` with those of `lines` (whole lines of the host's file) whose names it does not have.
std::string add_host_users(const std::vector<std::string>& lines, std::string passwd);

RunFiles write_run_files(const RunFilesRequest& request);

} // namespace skiff::monitor
