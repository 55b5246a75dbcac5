#include "engine/private_content.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <set>

namespace skiff::engine {
namespace {

constexpr const char* secrets_directory = "/run/secrets";
constexpr std::uint32_t mode_bits = 07777;

std::string normal_target(const std::string& path)
{
    std::string target;
    for (const std::string& component : components_of(path)) {
        if (component == "..")
            throw Error{ErrorKind::Usage,
                        cat("invalid target ", quoted(path), " of a secret or file: \"..\" is not allowed")};
        target += "/" + component;
    }
    if (target.empty())
        throw Error{ErrorKind::Usage, cat("invalid target ", quoted(path), " of a secret or file")};
    return target;
}

void require_variable(const std::string& what, const std::string& content)
{
    if (content.find('\0') != std::string::npos)
        throw Error{ErrorKind::Usage, cat(what, " contains a zero byte and cannot be an environment variable")}.with_hint(
            "give it as a file: --secret NAME");
}

PrivateItem make_item(const SecretRequest& asked, const store::Secret& secret, const std::string& content)
{
    PrivateItem item;
    item.use = asked.use;
    item.secret_name = secret.name;
    item.secret_id = secret.id;
    if (asked.use == PrivateItem::Use::Variable) {
        item.target = asked.target.empty() ? asked.name : asked.target;
        require_variable(cat("secret ", quoted(secret.name)), content);
        return item;
    }
    const std::string target = asked.target.empty() ? secret.name : asked.target;
    item.target = normal_target(target.starts_with('/') ? target : cat(secrets_directory, "/", target));
    item.uid = asked.uid;
    item.gid = asked.gid;
    item.mode = asked.mode & mode_bits;
    return item;
}

} // namespace

PrivateContent collect_private_content(const store::Store& store, const CreateRequest& request,
                                       const std::vector<MountConfig>& mounts)
{
    PrivateContent all;
    std::set<std::string> targets;
    for (const MountConfig& mount : mounts)
        targets.insert(mount.target);
    const auto claim = [&](const std::string& target) {
        if (!targets.insert(target).second)
            throw Error{ErrorKind::Usage, cat(target, ": duplicate mount destination")};
    };
    for (const SecretRequest& asked : request.secrets) {
        const store::Secret secret = store.secrets().resolve(asked.name);
        std::string content = store.secrets().load_content(secret);
        PrivateItem item = make_item(asked, secret, content);
        if (std::find(all.items.begin(), all.items.end(), item) != all.items.end())
            continue; // the same twice
        if (item.use == PrivateItem::Use::File)
            claim(item.target);
        all.items.push_back(std::move(item));
        all.contents.push_back(std::move(content));
    }
    for (const GivenFile& file : request.files) {
        PrivateItem item;
        item.use = file.use;
        const bool is_variable = file.use == PrivateItem::Use::Variable;
        if (is_variable)
            require_variable(cat("variable ", quoted(file.target)), file.content);
        item.target = is_variable ? file.target : normal_target(file.target);
        item.uid = file.uid;
        item.gid = file.gid;
        item.mode = file.mode & mode_bits;
        if (file.content.size() >= private_file_limit_bytes)
            throw Error{ErrorKind::Usage, cat("file ", quoted(file.target), " is too large: 8 MiB is the limit")}.with_hint(
                "mount larger files with --volume");
        if (!is_variable)
            claim(item.target);
        all.items.push_back(std::move(item));
        all.contents.push_back(file.content);
    }
    return all;
}

} // namespace skiff::engine
