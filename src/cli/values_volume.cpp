#include "cli/values_mount.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"

#include <array>

namespace skiff::cli {
namespace {

using text::go_quoted;

std::string joined(const std::vector<std::string>& options)
{
    std::string out;
    for (const std::string& option : options)
        out += cat(out.empty() ? "" : ", ", option);
    return out;
}

/// Options that exclude each other, and what the error calls them.
struct Family
{
    std::array<std::string_view, 8> members;
    std::string_view words;
};

constexpr Family families[] = {
    {{"noexec", "exec"}, "'noexec' or 'exec'"},
    {{"nodev", "dev"}, "'nodev' or 'dev'"},
    {{"nosuid", "suid"}, "'nosuid' or 'suid'"},
    {{"rw", "ro"}, "'rw' or 'ro'"},
    {{"z", "Z", "O"}, "'z', 'Z', or 'O'"},
    {{"U"}, "'U'"},
    {{"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"},
     "'[r]shared', '[r]private', '[r]slave' or '[r]unbindable'"},
    {{"bind", "rbind"}, "'[r]bind'"},
    {{"copy", "nocopy"}, "'copy' or 'nocopy'"},
    {{"no-dereference"}, "'no-dereference'"},
};

const Family* find_family(std::string_view option)
{
    for (const Family& family : families)
        for (const std::string_view member : family.members)
            if (!member.empty() && member == option)
                return &family;
    return nullptr;
}

void check_families(const std::vector<std::string>& options)
{
    std::array<const Family*, std::size(families)> seen{};
    std::size_t count = 0;
    for (const std::string& option : options) {
        const Family* family = find_family(option);
        for (std::size_t i = 0; i < count; ++i)
            if (family != nullptr && seen[i] == family)
                throw usage_error(cat("invalid options ", go_quoted(joined(options)), ", can only specify 1 ",
                                      family->words, " option"));
        if (family != nullptr)
            seen[count++] = family;
    }
}

void apply_option(MountRequest& mount, const std::string& option)
{
    MountConfig& config = mount.config;
    const Cut cut = cut_at(option, '=');
    if (option == "ro" || option == "rw")
        mount.read_only = config.read_only = option == "ro";
    else if (option == "z" || option == "Z")
        mount.relabel = option == "z" ? "shared" : "private";
    else if (option == "O")
        config.type = MountType::Overlay;
    else if (option == "U")
        config.change_owner = true;
    else if (option == "copy" || option == "nocopy")
        mount.copy_up = config.copy_up = option == "copy";
    else if (option == "bind" || option == "rbind")
        config.recursive = option == "rbind";
    else if (option == "no-dereference")
        config.no_dereference = true;
    else if (option == "nocreate")
        mount.no_create = true;
    else if (cut.head == "upperdir" || cut.head == "workdir")
        throw usage_error(cat(cut.head, " is not supported: changes go to a directory of the container's own"));
    else if (cut.head == "idmap")
        throw usage_error("idmap is not supported: id-mapped mounts need privileges over the whole machine");
    else if (const Family* family = find_family(option); family != nullptr && family->members[0] == "private")
        config.propagation = option;
    else if (family != nullptr)
        config.options.push_back(option); // exec, dev, suid and their opposites
    else if (option != "cached" && option != "delegated" && option != "consistent") // of Docker on other systems
        throw usage_error(cat("invalid option type ", go_quoted(option)));
}

void check_overlay(const MountRequest& mount, const std::vector<std::string>& options)
{
    if (mount.config.type != MountType::Overlay)
        return;
    const std::size_t known = 1 + (mount.config.change_owner ? 1U : 0U);
    if (options.size() > known)
        throw usage_error("can't use 'O' with other options");
}

} // namespace

std::string read_container_path(std::string_view text)
{
    if (text.empty())
        throw usage_error("container directory cannot be empty");
    if (!text.starts_with('/'))
        throw usage_error(cat("invalid container path ", go_quoted(text), ", must be an absolute path"));
    return clean_path(text);
}

MountRequest read_volume(std::string_view text)
{
    const std::vector<std::string> parts = split_at(text, ':');
    if (parts.size() > 3)
        throw usage_error(cat(printable(text), ": incorrect volume format, should be [host-dir:]ctr-dir[:option]"));
    MountRequest mount;
    if (parts.size() == 1) {
        mount.config.type = MountType::Volume;
        mount.config.anonymous = true;
        mount.config.target = read_container_path(parts[0]);
        return mount;
    }
    const std::string& source = parts[0];
    if (source.empty())
        throw usage_error("host directory cannot be empty");
    const bool is_path = source[0] == '/' || source[0] == '.';
    mount.config.type = is_path ? MountType::Bind : MountType::Volume;
    mount.config.source = is_path ? absolute_path(source) : source;
    mount.config.target = read_container_path(parts[1]);
    if (parts.size() == 3) {
        const std::vector<std::string> options = split_at(parts[2], ',');
        check_families(options);
        for (const std::string& option : options)
            apply_option(mount, option);
        check_overlay(mount, options);
    }
    if (!is_path && mount.config.type == MountType::Overlay) {
        mount.config.type = MountType::Volume;
        mount.config.options.emplace_back("O");
    }
    return mount;
}

MountRequest read_tmpfs(std::string_view text)
{
    const Cut cut = cut_at(text, ':');
    MountRequest mount;
    mount.config.type = MountType::Tmpfs;
    mount.config.target = read_container_path(cut.head);
    if (!cut.tail)
        return mount;
    for (const std::string& option : split_at(*cut.tail, ',')) {
        if (option == "ro" || option == "rw")
            mount.read_only = mount.config.read_only = option == "ro";
        else if (option == "tmpcopyup" || option == "notmpcopyup")
            mount.copy_up = mount.config.copy_up = option == "tmpcopyup";
        else if (option == "U")
            mount.config.change_owner = true;
        else if (!option.empty())
            mount.config.options.push_back(option); // the kernel judges size=, mode=, nr_inodes= and the flags
    }
    return mount;
}

} // namespace skiff::cli
