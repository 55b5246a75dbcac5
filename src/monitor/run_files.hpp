#pragma once

#include "model/container_config.hpp"
#include "net/hosts_file.hpp"
#include "runtime/user_lookup.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::monitor {

struct RunFilesRequest
{
    const ContainerConfig& config;
    const store::Store& store;
    std::string run_path; ///< the container's directory
    int run_dir = -1;
    int rootfs = -1;         ///< for the image's own /etc/hosts, /etc/passwd
    std::string hostname;    ///< in effect
    std::string host_address; ///< where the container reaches the host; empty: nowhere
    std::vector<std::string> name_servers; ///< of the container's own network
    bool name_service = false; ///< ... and those know the names of containers
    std::vector<net::HostsEntry> addresses; ///< the container's own
    runtime::AccountFiles accounts;
    runtime::UserIdentity user;
    bool pretends_ids = false;
};

/// The files that the engine writes for a container: /etc/hosts and its kin. Programs inside may write to them, as everywhere, so
/// they lie in a small file system of their own, which costs the host's none of its space and goes with the container. It is in
/// our mount namespace; what the container is shown are clones of the single files.
class RunFiles
{
  public:
    explicit RunFiles(const RunFilesRequest& request);
    ~RunFiles();
    RunFiles(const RunFiles&) = delete;
    RunFiles& operator=(const RunFiles&) = delete;

    /// The path of "hosts", "resolv.conf", "hostname", "containerenv", "passwd", "group" or "apt.conf"; empty: none is shown.
    [[nodiscard]] std::string path(const std::string& name) const;

    /// The container's networks have changed: the lines of /etc/hosts with its addresses, and all of resolv.conf.
    void change_network(const std::vector<net::HostsEntry>& before, const std::vector<net::HostsEntry>& after, const std::string& resolv_conf);

  private:
    void add_network_files(const RunFilesRequest& request);
    void share_network_files(const RunFilesRequest& request);
    void add_account_files(const RunFilesRequest& request);
    void mount(const RunFilesRequest& request);

    std::string directory_;
    bool mounted_ = false;
    std::map<std::string, std::string> texts_;
    std::map<std::string, UniqueFd> shared_; ///< clones of another container's
};

/// What a container's resolv.conf says. `servers` are those of its networks.
std::string make_resolv_conf_text(const NetworkConfig& network, const std::vector<std::string>& servers, bool name_service);

/// --hostuser: `passwd` with those of `lines` (whole lines of the host's file) whose names it does not have.
std::string add_host_users(const std::vector<std::string>& lines, std::string passwd);

} // namespace skiff::monitor
