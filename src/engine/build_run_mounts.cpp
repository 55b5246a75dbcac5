#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "build/content_digest.hpp"
#include "build/copy_files.hpp"
#include "engine/build_run.hpp"
#include "store/staging.hpp"

#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

std::string type_name(build::RunMountType type)
{
    switch (type) {
    case build::RunMountType::Bind:
        return "bind";
    case build::RunMountType::Cache:
        return "cache";
    case build::RunMountType::Tmpfs:
        return "tmpfs";
    case build::RunMountType::Secret:
        return "secret";
    case build::RunMountType::Ssh:
        return "ssh";
    }
    return "";
}

build::SourceSelection whole(const std::string& path)
{
    build::SourceSelection selection;
    selection.patterns = {path.empty() ? "." : path};
    return selection;
}

/// Where `path` really lies, links followed inside the tree only.
std::string real_path(int root, const std::string& path, const std::string& tree_name)
{
    const auto fd = find_beneath(root, path, O_PATH);
    if (!fd)
        throw Error{ErrorKind::NotFound, cat(quoted(path), " is not in ", tree_name)};
    return path_of_fd(fd->get());
}

/// With the owner and mode that were asked for; ids that this user does not have are refused by the kernel. With a single id, all
/// is that id's already, and it can do what it likes.
void give(Engine& engine, int fd, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid, const std::string& what)
{
    if (!engine.identity().single_id && ::fchown(fd, uid, gid) != 0)
        throw Error{errno, cat("giving ", what, " to ", uid, ":", gid)};
    if (::fchmod(fd, mode) != 0)
        throw Error{errno, cat("setting the mode of ", what)};
}

UniqueFd open_cache_place(Engine& engine)
{
    const UniqueFd cache = open_at(AT_FDCWD, store::BuildCache{engine.store().root()}.directory(), O_RDONLY | O_DIRECTORY);
    return make_directory_at(cache.get(), "mounts");
}

std::string load_secret(const BuildSecret& secret)
{
    if (!secret.file.empty())
        return read_file(AT_FDCWD, secret.file, 16U << 20U);
    const char* value = std::getenv(secret.variable.c_str()); // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr)
        throw Error{ErrorKind::NotFound, cat("the environment variable ", quoted(secret.variable), " is not set")};
    return value;
}

} // namespace

RunMounts::RunMounts(Engine& engine, const BuildRequest& request, BuildSources& sources, const std::string& lock)
    : engine_{engine}, request_{request}, sources_{sources}, lock_{lock}
{
}

RunMounts::~RunMounts() = default;

void RunMounts::add_inputs(build::CacheKey& key, const build::RunStep& run, build::FileHashes& hashes)
{
    std::size_t number = 0;
    for (const build::RunMount& mount : run.mounts) {
        const std::string name = cat("mount ", ++number);
        key.add(name, cat(type_name(mount.type), " ", mount.target, mount.read_only ? " ro" : "", " ", mount.id, " ", mount.env));
        if (mount.type != build::RunMountType::Bind)
            continue; // what is in them is no part of the result
        BuildSource& source = sources_.find(mount.from);
        if (!source.is_directory()) {
            key.add(cat(name, " source"), cat(source.identity(), " ", mount.source));
            continue;
        }
        const build::SourceTree tree = source.tree();
        const build::SourceSelection selection = whole(mount.source);
        const auto selected = build::select_sources(tree, selection, [](const std::string&) {});
        key.add(cat(name, " files"), cat("sha256:", build::content_digest(tree, selection, selected, hashes)));
    }
}

void RunMounts::prepare(const build::RunStep& run)
{
    engine_.enter_user_namespace();
    for (const build::RunMount& mount : run.mounts) // a stage that is still being built may wait for the same caches
        if (!mount.from.empty())
            (void)sources_.find(mount.from);
    lock_caches(run);
    for (const build::RunMount& mount : run.mounts) {
        try {
            switch (mount.type) {
            case build::RunMountType::Bind:
                prepare_bind(mount);
                break;
            case build::RunMountType::Cache:
                prepare_cache(mount);
                break;
            case build::RunMountType::Tmpfs:
                prepare_tmpfs(mount);
                break;
            case build::RunMountType::Secret:
                prepare_secret(mount);
                break;
            case build::RunMountType::Ssh:
                prepare_ssh(mount);
                break;
            }
        } catch (Error& error) {
            error.add_context(cat("--mount=type=", type_name(mount.type), mount.target.empty() ? "" : cat(",target=", mount.target)));
            throw;
        }
    }
    if (!run.script.empty())
        prepare_script(run.script);
}

MountConfig& RunMounts::add(MountType type, const std::string& source, const std::string& target, bool read_only)
{
    MountRequest& request = mounts_.emplace_back();
    request.config.type = type;
    request.config.source = source;
    request.config.target = target;
    request.config.read_only = read_only;
    return request.config;
}

void RunMounts::prepare_bind(const build::RunMount& mount)
{
    BuildSource& source = sources_.find(mount.from);
    if (source.is_directory()) {
        const std::string path = real_path(source.directory().root.get(), mount.source, source.name());
        struct stat status{};
        const bool is_directory = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
        // What is written is thrown away: the context is nobody's to change.
        if (!mount.read_only && is_directory)
            add(MountType::Overlay, path, mount.target, false);
        else
            add(MountType::Bind, path, mount.target, true);
        return;
    }
    trees_.push_back(std::make_unique<BuildTree>(engine_, lock_, source.layers().ids(),
                                                 mount.read_only ? BuildTree::Access::ReadOnly : BuildTree::Access::Writable));
    add(MountType::Bind, real_path(trees_.back()->root(), mount.source, source.name()), mount.target, mount.read_only);
}

/// In the order of their names: two steps that want the same two never wait for each other.
void RunMounts::lock_caches(const build::RunStep& run)
{
    std::map<std::string, build::CacheSharing> wanted;
    for (const build::RunMount& mount : run.mounts)
        if (mount.type == build::RunMountType::Cache) {
            const auto known = wanted.find(mount.id);
            if (known == wanted.end() || known->second == build::CacheSharing::Shared)
                wanted[mount.id] = mount.sharing;
        }
    if (wanted.empty())
        return;
    const UniqueFd place = open_cache_place(engine_);
    const auto lock_name = [](const std::string& cache) { return cache + ".lock"; };
    for (const auto& [id, sharing] : wanted) {
        std::string name = sha256_hex(id);
        if (sharing == build::CacheSharing::Private) { // the first one that nobody uses
            std::optional<FileLock> lock;
            for (int i = 1; !(lock = FileLock::try_acquire(place.get(), lock_name(name), FileLock::Mode::Exclusive)); ++i)
                name = cat(sha256_hex(id), "-", i);
            locks_.push_back(std::move(*lock));
        } else {
            const auto mode = sharing == build::CacheSharing::Locked ? FileLock::Mode::Exclusive : FileLock::Mode::Shared;
            locks_.push_back(FileLock::acquire(place.get(), lock_name(name), mode));
        }
        caches_[id] = name;
    }
}

void RunMounts::prepare_cache(const build::RunMount& mount)
{
    const UniqueFd place = open_cache_place(engine_);
    const std::string& name = caches_.at(mount.id);
    if (!exists_at(place.get(), name)) {
        // It gets its name when it is as it should be: a step beside us may be looking, and we may be killed.
        const store::Staging fresh{engine_.store().root(), lock_};
        const UniqueFd made = make_directory_at(fresh.fd(), "cache", 0755);
        if (!mount.from.empty()) {
            BuildSource& source = sources_.find(mount.from);
            const build::SourceTree tree = source.tree();
            const build::SourceSelection selection = whole(mount.source);
            build::CopyTarget target;
            target.root = made.get();
            target.destination = "/";
            target.owner = {mount.uid, mount.gid};
            target.owners = engine_.identity().single_id ? build::CopyTarget::Owners::Note : build::CopyTarget::Owners::Set;
            target.sources_are_layers = !source.is_directory();
            build::copy_sources(tree, selection, build::select_sources(tree, selection, [](const std::string&) {}), target);
        }
        give(engine_, made.get(), mount.mode.value_or(0755), mount.uid, mount.gid, "the cache");
        // By its path: the descriptor is from the mount namespace that we were in before. EEXIST: the other was first.
        if (::renameat2(AT_FDCWD, cat(fresh.absolute_path(), "/cache").c_str(), place.get(), name.c_str(), RENAME_NOREPLACE) != 0 && errno != EEXIST)
            throw Error{errno, "keeping the cache"};
    }
    add(MountType::Bind, cat(path_of_fd(place.get()), "/", name), mount.target, mount.read_only);
}

void RunMounts::prepare_tmpfs(const build::RunMount& mount)
{
    MountConfig& config = add(MountType::Tmpfs, "", mount.target, mount.read_only);
    config.copy_up = false;
    if (mount.size > 0)
        config.options.push_back(cat("size=", mount.size));
    if (mount.mode) {
        char text[16];
        (void)std::snprintf(text, sizeof text, "mode=%o", *mount.mode);
        config.options.emplace_back(text);
    }
}

void RunMounts::prepare_secret(const build::RunMount& mount)
{
    const auto secret = request_.secrets.find(mount.id);
    if (secret == request_.secrets.end()) {
        if (mount.required)
            throw Error{ErrorKind::NotFound, cat("secret required but no secret with id ", mount.id, " found")}.with_hint(
                cat("give it with --secret id=", mount.id, ",src=FILE"));
        return;
    }
    const std::string content = while_doing(cat("secret ", quoted(mount.id)), [&] { return load_secret(secret->second); });
    if (!mount.env.empty())
        secrets_.push_back({mount.env, content, {}, {}, 0, PrivateItem::Use::Variable});
    if (!mount.target.empty())
        secrets_.push_back({mount.target, content, mount.uid, mount.gid, mount.mode.value_or(0400)});
}

void RunMounts::prepare_ssh(const build::RunMount& mount)
{
    const auto agent = request_.ssh_agents.find(mount.id);
    if (agent == request_.ssh_agents.end()) {
        if (mount.required)
            throw Error{ErrorKind::NotFound, cat("no ssh agent with id ", mount.id, " found")}.with_hint(
                mount.id == "default" ? "give the running agent with --ssh default" : cat("give it with --ssh ", mount.id, "=SOCKET"));
        return;
    }
    const std::string target = mount.target.empty() ? cat("/run/buildkit/ssh_agent.", ssh_agents_) : mount.target;
    ++ssh_agents_;
    add(MountType::Bind, agent->second, target, false);
    environment_.emplace_back("SSH_AUTH_SOCK", target);
}

void RunMounts::prepare_script(const std::string& script)
{
    staging_.emplace(engine_.store().root(), lock_);
    const UniqueFd file = open_at(staging_->fd(), "heredoc", O_WRONLY | O_CREAT | O_EXCL, 0755);
    write_all(file.get(), script, "a heredoc");
    if (::fchmod(file.get(), 0755) != 0)
        throw Error{errno, "preparing a heredoc"};
    // The directory is ours alone; who runs the script may be somebody else. It is mounted as a file.
    add(MountType::Bind, staging_->absolute_path() + "/heredoc", run_script_path, true);
}

} // namespace skiff::engine
