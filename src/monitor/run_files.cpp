#include "monitor/run_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "kernel/mount.hpp"
#include "monitor/tree_of.hpp"
#include "net/resolv_conf.hpp"
#include "runtime/pretended_ids.hpp"
#include "runtime/spec_builder.hpp"

#include <sys/mount.h>
#include <sys/stat.h>

namespace skiff::monitor {
namespace {

/// Room for what programs inside add to the files.
constexpr std::size_t spare_bytes = 1U << 20U;

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

/// Whose network a container has, and so whose /etc/hosts: its own, or that of a container that runs.
ContainerConfig find_network_owner(const store::Store& store, ContainerConfig config)
{
    while (config.network.mode.mode == NamespaceMode::Container)
        config = store.containers().load_config(config.network.mode.target);
    return config;
}

bool has_hosts(const ContainerConfig& config) { return !config.network.no_hosts; }
bool has_resolv_conf(const ContainerConfig& config) { return config.network.dns != std::vector<std::string>{"none"}; }

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

/// Whoever is root because nothing else was said needs no entry: image builders and `commit` shall find the files as programs
/// inside left them.
bool wants_account_entries(const ContainerConfig& config)
{
    return config.manage_passwd &&
           !(config.user.empty() && config.host_users.empty() && config.passwd_entry.empty() && config.group_entry.empty());
}

} // namespace

/// One network, one set of names: changes that one container sees, the other sees, too.
void RunFiles::share_network_files(const RunFilesRequest& request)
{
    const ContainerConfig owner = find_network_owner(request.store, request.config);
    const auto share = [&](const std::string& name) {
        if (auto file = find_tree_of(request.store, request.config.network.mode.target, "/etc/" + name))
            shared_[name] = std::move(*file);
    };
    if (has_hosts(owner))
        share("hosts");
    if (has_resolv_conf(owner))
        share("resolv.conf");
}

void RunFiles::add_network_files(const RunFilesRequest& request)
{
    const NetworkConfig& network = request.config.network;
    if (network.mode.mode == NamespaceMode::Container) {
        share_network_files(request);
        return;
    }
    if (has_hosts(request.config))
        texts_["hosts"] = net::make_hosts_file({base_hosts(request), network.add_hosts, request.host_address, request.addresses});
    if (has_resolv_conf(request.config))
        texts_["resolv.conf"] = make_resolv_conf_text(network, request.name_servers, request.name_service);
}

std::string make_resolv_conf_text(const NetworkConfig& network, const std::vector<std::string>& servers, bool name_service)
{
    net::ResolvRequest resolv;
    resolv.host = net::load_host_resolv_conf();
    resolv.host_network = network.mode.mode == NamespaceMode::Host;
    resolv.network_servers = servers;
    resolv.name_service = name_service;
    resolv.dns = network.dns;
    resolv.dns_search = network.dns_search;
    resolv.dns_options = network.dns_options;
    return net::to_text(net::make_resolv_conf(resolv));
}

void RunFiles::change_network(const std::vector<net::HostsEntry>& before, const std::vector<net::HostsEntry>& after, const std::string& resolv_conf)
{
    // In place: what the container sees is a mount of the file itself.
    const auto rewrite = [&](const std::string& name, const std::string& text) {
        const UniqueFd file = open_at(AT_FDCWD, cat(directory_, "/", name), O_WRONLY | O_TRUNC | O_NOFOLLOW);
        write_all(file.get(), text, name);
    };
    if (texts_.contains("hosts"))
        rewrite("hosts", net::replace_hosts(read_file(AT_FDCWD, directory_ + "/hosts", 4U << 20U), before, after));
    if (texts_.contains("resolv.conf"))
        rewrite("resolv.conf", resolv_conf);
}

/// Entries are shown in the container's own files, or, where those cannot be changed, in one of ours in their place.
void RunFiles::add_account_files(const RunFilesRequest& request)
{
    const auto show = [&](const std::string& name, const std::string& before, const std::string& text) {
        if (request.config.read_only || !try_append_inside(request.rootfs, "etc/" + name, std::string_view{text}.substr(before.size())))
            texts_[name] = text;
    };
    const ContainerConfig& config = request.config;
    const std::string name = request.user.name.empty() ? std::to_string(request.user.uid) : request.user.name;
    const std::string& passwd = request.accounts.passwd;
    const std::string& group = request.accounts.group;
    const std::string wanted = add_host_users(
        config.host_users,
        runtime::passwd_with_entry(request.accounts, request.user, name, config.working_dir, config.passwd_entry).value_or(passwd));
    if (wanted != passwd)
        show("passwd", passwd, wanted);
    if (const auto text = runtime::group_with_entry(request.accounts, request.user.gid, name, config.group_entry))
        show("group", group, *text);
}

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

/// What the file system is called is how the container's processes are known (leftovers.hpp).
void RunFiles::mount(const RunFilesRequest& request)
{
    std::size_t size = spare_bytes;
    for (const auto& [name, text] : texts_)
        size += 2 * text.size();
    const UniqueFd directory = make_directory_at(request.run_dir, "files", 0755);
    try {
        kernel::mount_filesystem("tmpfs", directory.get(), MS_NOSUID | MS_NODEV | MS_NOEXEC,
                                 cat("mode=0755,nr_inodes=64,size=", size), "skiff-" + request.config.id);
        mounted_ = true;
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; files such as /etc/hosts lie in the runtime directory"));
    }
}

RunFiles::RunFiles(const RunFilesRequest& request) : directory_{request.run_path + "/files"}
{
    add_network_files(request);
    if (!request.config.no_hostname)
        texts_["hostname"] = request.hostname + "\n";
    texts_["containerenv"] = containerenv(request.config);
    if (wants_account_entries(request.config))
        add_account_files(request);
    if (request.pretends_ids)
        texts_["apt.conf"] = runtime::pretended_ids_apt_config();
    mount(request);
    const UniqueFd directory = open_at(AT_FDCWD, directory_, O_RDONLY | O_DIRECTORY);
    const auto create = [&](const std::string& name) {
        remove_file_at(directory.get(), name);
        UniqueFd file = open_at(directory.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
        (void)!::fchmod(file.get(), 0644); // whatever our umask is: any user of the container reads them
        // With ids of its own (keep-id) our 0 is the container's user, and not its root.
        const auto uid = find_outside(request.config.id_map.uids, 0);
        const auto gid = find_outside(request.config.id_map.gids, 0);
        if (uid && gid)
            (void)!::fchown(file.get(), *uid, *gid);
        return file;
    };
    for (const auto& [name, text] : texts_)
        write_all(create(name).get(), text, name);
    for (const auto& [name, tree] : shared_)
        kernel::attach_mount(tree.get(), create(name).get());
}

RunFiles::~RunFiles()
{
    try {
        for (const auto& [name, tree] : shared_)
            kernel::unmount(cat(directory_, "/", name));
        if (mounted_)
            kernel::unmount(directory_);
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
    }
}

std::string RunFiles::path(const std::string& name) const
{
    return texts_.contains(name) || shared_.contains(name) ? cat(directory_, "/", name) : "";
}

} // namespace skiff::monitor
