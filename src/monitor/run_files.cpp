#include "monitor/run_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "net/resolv_conf.hpp"
#include "runtime/spec_builder.hpp"

namespace skiff::monitor {
namespace {

/// These die with the boot, so nothing waits for the disk. Mode 0644: any user of the container reads them.
std::string write_file(const RunFilesRequest& request, const std::string& name, const std::string& text)
{
    save_atomically(request.run_dir, name, text, Durability::None, 0644);
    return cat(request.run_path, "/", name);
}

std::string base_hosts(const RunFilesRequest& request)
{
    const std::string& base = request.config.network.hosts_file;
    if (base == "none")
        return {};
    if (base == "image") {
        // The image's file is hostile: whatever is not a plain file counts as empty (R4).
        try {
            const auto file = find_beneath(request.rootfs, "etc/hosts", O_RDONLY | O_NONBLOCK | O_NOCTTY);
            struct stat status{};
            if (file && ::fstat(file->get(), &status) == 0 && S_ISREG(status.st_mode))
                return read_all(file->get(), 1U << 20U, "/etc/hosts");
        } catch (const Error& error) {
            log::debug(cat("reading the image's /etc/hosts: ", error.message(), "; ignored"));
        }
        return {};
    }
    return find_file(AT_FDCWD, base.empty() ? "/etc/hosts" : base, 4U << 20U).value_or("");
}

std::string containerenv(const ContainerConfig& config)
{
    if (!config.security.privileged)
        return {};
    return cat("engine=\"skiff-", program_version, "\"\nname=\"", config.name, "\"\nid=\"", config.id, "\"\nimage=\"", config.image_name,
               "\"\nimageid=\"", config.image_id, "\"\nrootless=1\n");
}

void write_network_files(const RunFilesRequest& request, RunFiles& files)
{
    const NetworkConfig& network = request.config.network;
    if (!request.shared_network_path.empty()) {
        // One network, one set of names: changes that one container sees, the other sees, too.
        for (auto [name, path] : {std::pair{"hosts", &files.hosts}, std::pair{"resolv.conf", &files.resolv_conf}})
            if (exists_at(AT_FDCWD, cat(request.shared_network_path, "/", name)))
                *path = cat(request.shared_network_path, "/", name);
        return;
    }
    if (!network.no_hosts) {
        net::HostsRequest hosts{base_hosts(request), network.add_hosts, request.host_address, request.addresses};
        files.hosts = write_file(request, "hosts", net::make_hosts_file(hosts));
    }
    if (network.dns != std::vector<std::string>{"none"}) {
        net::ResolvRequest resolv;
        resolv.host = net::load_host_resolv_conf();
        resolv.host_network = request.host_network;
        resolv.network_servers = request.name_servers;
        resolv.dns = network.dns;
        resolv.dns_search = network.dns_search;
        resolv.dns_options = network.dns_options;
        files.resolv_conf = write_file(request, "resolv.conf", net::to_text(net::make_resolv_conf(resolv)));
    }
}

/// Adds `lines` to a file of the container's own, which programs inside can go on editing (adduser renames a new file over
/// it, and a mount point cannot be renamed over). False when there is no such plain file.
bool try_append_inside(int rootfs, const std::string& path, std::string_view lines)
{
    try {
        const auto file = find_beneath(rootfs, path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
        struct stat status{};
        if (!file || ::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
            return false;
        write_all(file->get(), lines, path);
        return true;
    } catch (const Error& error) {
        log::debug(cat("adding to the container's ", path, ": ", error.message(), "; it gets a file of ours instead"));
        return false;
    }
}

/// Shows `text`, which begins as the container's own file does: in that file itself, or, where that cannot be changed, in one of
/// ours in its place.
std::string show_accounts(const RunFilesRequest& request, const std::string& name, const std::string& before, const std::string& text)
{
    if (!request.config.read_only && try_append_inside(request.rootfs, "etc/" + name, std::string_view{text}.substr(before.size())))
        return {};
    return write_file(request, name, text);
}

void write_account_files(const RunFilesRequest& request, RunFiles& files)
{
    const ContainerConfig& config = request.config;
    if (!config.manage_passwd)
        return;
    const std::string name = request.user.name.empty() ? std::to_string(request.user.uid) : request.user.name;
    const std::string& passwd = request.accounts.passwd;
    const std::string& group = request.accounts.group;
    const std::string wanted = add_host_users(
        config.host_users,
        runtime::passwd_with_entry(request.accounts, request.user, name, config.working_dir, config.passwd_entry).value_or(passwd));
    if (wanted != passwd)
        files.passwd = show_accounts(request, "passwd", passwd, wanted);
    if (const auto text = runtime::group_with_entry(request.accounts, request.user.gid, name, config.group_entry))
        files.group = show_accounts(request, "group", group, *text);
}

} // namespace

std::string add_host_users(const std::vector<std::string>& lines, std::string text)
{
    for (const std::string& line : lines) {
        const std::string start = line.substr(0, line.find(':') + 1);
        if (text.starts_with(start) || text.find("\n" + start) != std::string::npos)
            continue;
        if (!text.empty() && text.back() != '\n')
            text += '\n';
        text += line + "\n";
    }
    return text;
}

RunFiles write_run_files(const RunFilesRequest& request)
{
    RunFiles files;
    write_network_files(request, files);
    if (!request.config.no_hostname)
        files.hostname = write_file(request, "hostname", request.hostname + "\n");
    files.containerenv = write_file(request, "containerenv", containerenv(request.config));
    write_account_files(request, files);
    return files;
}

} // namespace skiff::monitor
