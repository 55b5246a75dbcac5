#include "engine/build_copy.hpp"

#include "archive/pack.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/add_archive.hpp"
#include "build/content_digest.hpp"
#include "rootfs/pack_changes.hpp"
#include "runtime/user_lookup.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <sys/xattr.h>

namespace skiff::engine {
namespace {

/// Where owners cannot be noted in the tree, because fuse-overlayfs keeps such attributes to itself: in the layer they are all the same.
class OwnerSink : public archive::EntrySink
{
  public:
    OwnerSink(archive::EntrySink& sink, const std::vector<rootfs::Change>& changes, const OwnerOfNew& owner) : sink_{sink}, owner_{owner.owner}
    {
        const std::string below = owner.path == "/" ? "/" : owner.path + "/";
        for (const rootfs::Change& change : changes)
            if (change.kind != rootfs::ChangeKind::Deleted && (change.path == owner.path || change.path.starts_with(below)))
                given_.insert(change.path.substr(1));
    }
    void add(const archive::TarEntry& entry) override
    {
        archive::TarEntry changed = entry;
        if (given_.contains(entry.path)) {
            changed.uid = owner_.uid;
            changed.gid = owner_.gid;
        }
        sink_.add(changed);
    }
    void content(std::string_view bytes) override { sink_.content(bytes); }

  private:
    archive::EntrySink& sink_;
    build::CopyOwner owner_;
    std::set<std::string, std::less<>> given_;
};

/// Gives files the time that the image shall have.
class TimeSink : public archive::EntrySink
{
  public:
    TimeSink(archive::EntrySink& sink, std::int64_t time_s, bool exactly) : sink_{sink}, time_s_{time_s}, exactly_{exactly} {}
    void add(const archive::TarEntry& entry) override
    {
        archive::TarEntry changed = entry;
        if (exactly_ || changed.modified.seconds > time_s_ || (changed.modified.seconds == time_s_ && changed.modified.nanoseconds > 0))
            changed.modified = {time_s_, 0};
        sink_.add(changed);
    }
    void content(std::string_view bytes) override { sink_.content(bytes); }

  private:
    archive::EntrySink& sink_;
    std::int64_t time_s_;
    bool exactly_;
};

bool is_number(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string plain(const std::string& text)
{
    std::size_t begin = 0, end = text.size();
    while (begin < end && text[begin] == '/')
        ++begin;
    while (end > begin && text[end - 1] == '/')
        --end;
    return text.substr(begin, end - begin);
}

void make_directory_of(Engine& engine, const BuildTree& tree, const build::WorkdirStep& workdir, const build::CopyOwner& owner)
{
    const UniqueFd made = make_directories_beneath(tree.root(), workdir.path, 0755);
    if (owner.uid != 0 || owner.gid != 0) {
        const UniqueFd directory = open_at(AT_FDCWD, proc_fd_path(made.get()), O_RDONLY | O_DIRECTORY);
        if (engine.identity().single_id) {
            const std::string truth = archive::make_override({owner.uid, owner.gid, 0755}, S_IFDIR);
            (void)::fsetxattr(directory.get(), archive::override_xattr, truth.data(), truth.size(), 0); // not every file system has them
        } else if (::fchown(directory.get(), owner.uid, owner.gid) != 0) {
            throw Error{errno, cat("giving ", quoted(workdir.path), " to ", quoted(workdir.user))};
        }
    }
}

} // namespace

build::CopyOwner find_copy_owner(const std::string& text, int root)
{
    if (text.empty())
        return {};
    const std::size_t colon = text.find(':');
    const std::string user = text.substr(0, colon);
    const std::string group = colon == std::string::npos ? "" : text.substr(colon + 1);
    const bool needs_files = !is_number(user) || (!group.empty() && !is_number(group));
    const runtime::AccountFiles files = needs_files ? runtime::load_account_files(root) : runtime::AccountFiles{};
    const runtime::UserIdentity identity = runtime::find_user(files, group.empty() ? user : cat(user, ":", group));
    build::CopyOwner owner{identity.uid, identity.gid};
    if (group.empty() && is_number(user))
        owner.gid = owner.uid;
    return owner;
}

build::NewLayer make_step_layer(Engine& engine, const BuildRequest& request, const std::string& parent, const rootfs::RootfsRequest& tree,
                                const std::vector<rootfs::Change>& changes, const std::optional<OwnerOfNew>& owner)
{
    const bool single_id = engine.identity().single_id;
    if (owner && single_id && tree.driver == rootfs::Driver::FuseOverlayfs && (owner->owner.uid != 0 || owner->owner.gid != 0))
        return build::make_layer(engine.store(), parent, single_id, [&](archive::EntrySink& sink) {
            OwnerSink owned{sink, changes, *owner};
            TimeSink timed{owned, request.timestamp.value_or(std::numeric_limits<std::int64_t>::max()), request.exact_times};
            rootfs::pack_changes(tree, changes, timed);
        });
    if (!request.timestamp && request.drop_volume_changes)
        return build::make_layer_of_changes(engine.store(), parent, single_id, tree, changes);
    if (!request.timestamp)
        return build::take_layer_of_changes(engine.store(), parent, single_id, tree, changes);
    return build::make_layer(engine.store(), parent, single_id, [&](archive::EntrySink& sink) {
        TimeSink timed{sink, *request.timestamp, request.exact_times};
        rootfs::pack_changes(tree, changes, timed);
    });
}

CopyWork::CopyWork(Engine& engine, const BuildRequest& request, BuildSources& sources, const std::string& lock, const BuildLayers& layers,
                   StageLink& link, build::FileHashes& hashes)
    : engine_{engine}, request_{request}, sources_{sources}, lock_{lock}, layers_{layers}, link_{link}, hashes_{hashes}
{
}

build::SourceSelection CopyWork::selection_of(const build::CopyStep& copy) const
{
    build::SourceSelection selection;
    selection.patterns = remote_->local();
    selection.excludes = copy.excludes;
    selection.parents = copy.parents;
    return selection;
}

const std::vector<build::SelectedSource>& CopyWork::selected(const build::CopyStep& copy)
{
    if (!selected_)
        selected_ = build::select_sources(source_->tree(), selection_of(copy), [this](const std::string& warning) { link_.say(cat("Warning: ", warning)); });
    return *selected_;
}

void CopyWork::add_plain_inputs(build::CacheKey& key, const build::CopyStep& copy) const
{
    key.add("destination", copy.destination);
    if (!copy.chown.empty())
        key.add("--chown", copy.chown);
    if (!copy.chmod.empty())
        key.add("--chmod", copy.chmod);
    if (copy.link)
        key.add("--link", "true");
    if (copy.link && !copy.chown.empty()) // names mean what the image below says
        key.add("the layer below", layers_.top());
    if (copy.is_add)
        key.add("unpack", !copy.unpack ? "by content" : *copy.unpack ? "true" : "false");
    for (std::size_t i = 0; i < copy.inline_files.size(); ++i)
        key.add(cat("heredoc ", copy.inline_files[i].name), copy.inline_files[i].content);
}

void CopyWork::add_inputs(build::CacheKey& key, const build::CopyStep& copy)
{
    remote_.emplace(engine_, request_, lock_, copy);
    add_plain_inputs(key, copy);
    remote_->add_inputs(key);
    if (remote_->local().empty())
        return;
    source_ = &sources_.find(copy.from);
    if (source_->is_directory()) {
        constexpr std::size_t few = 1000;
        bool is_too_much = false;
        const auto remember = [&](const std::string& path, const std::string& summary) {
            if (!(is_too_much = is_too_much || files_.size() >= few))
                files_[path] = summary;
        };
        key.add("files", cat("sha256:", build::content_digest(source_->tree(), selection_of(copy), selected(copy), hashes_, remember)));
        if (is_too_much)
            files_.clear();
    } else
        key.add(source_->name(), source_->identity());
}

void CopyWork::add_deeper_inputs(build::CacheKey& key, const build::CopyStep& copy)
{
    add_plain_inputs(key, copy);
    remote_->add_inputs(key);
    key.add("files", cat("sha256:", build::content_digest(source_->tree(), selection_of(copy), selected(copy), hashes_)));
}

build::CopyTarget CopyWork::target_of(const build::CopyStep& copy, int root)
{
    build::CopyTarget target;
    target.root = root;
    target.destination = copy.destination;
    if (!copy.chmod.empty())
        target.mode = build::ModeChange::parse(copy.chmod);
    target.owners = engine_.identity().single_id ? build::CopyTarget::Owners::Note : build::CopyTarget::Owners::Set;
    target.follow_links = !copy.link;
    target.sources_are_layers = source_ != nullptr && !source_->is_directory();
    return target;
}

void CopyWork::copy_sources(const build::CopyStep& copy, const build::CopyTarget& target)
{
    const build::SourceTree tree = source_->tree();
    (void)selected(copy);
    if (!copy.is_add || !copy.unpack.value_or(true)) {
        build::copy_sources(tree, selection_of(copy), *selected_, target);
        return;
    }
    const std::optional<build::CopyOwner> owner = copy.chown.empty() ? std::nullopt : std::optional{target.owner};
    std::vector<build::SelectedSource> one(1);
    for (build::SelectedSource& source : *selected_) {
        if (S_ISREG(source.status.st_mode)) {
            const UniqueFd file = open_at(AT_FDCWD, proc_fd_path(source.fd.get()), O_RDONLY | O_NONBLOCK);
            if (build::add_archive(file.get(), target, owner))
                continue;
        }
        one.front() = std::move(source);
        build::copy_sources(tree, selection_of(copy), one, target);
    }
}

build::NewLayer CopyWork::copy(const build::CopyStep& copy)
{
    engine_.enter_user_namespace();
    // An independent layer knows nothing of what lies below, but for the names of users.
    static const std::vector<std::string> nothing;
    BuildTree tree{engine_, lock_, copy.link ? nothing : layers_.ids(), BuildTree::Access::Writable};
    build::CopyTarget target = target_of(copy, tree.root());
    if (!copy.chown.empty()) {
        std::optional<BuildTree> below;
        if (copy.link)
            below.emplace(engine_, lock_, layers_.ids(), BuildTree::Access::ReadOnly);
        target.owner = while_doing(cat("--chown=", copy.chown), [&] { return find_copy_owner(copy.chown, below ? below->root() : tree.root()); });
    }
    if (source_ != nullptr)
        copy_sources(copy, target);
    remote_->copy(target, copy.chown.empty() ? std::nullopt : std::optional{target.owner});
    for (const build::InlineFile& file : copy.inline_files)
        build::copy_new_file({file.name, 0644, std::nullopt}, file.content.size(), [&](const auto& write) { write(file.content); }, target);
    tree.unmount();
    return make_step_layer(engine_, request_, layers_.top(), tree.request(), rootfs::list_changes(tree.request()),
                           OwnerOfNew{cat("/", plain(copy.destination)), target.owner});
}

std::optional<build::NewLayer> make_working_directory(Engine& engine, const BuildRequest& request, const std::string& lock,
                                                      const BuildLayers& layers, const build::WorkdirStep& workdir)
{
    BuildTree tree{engine, lock, layers.ids(), BuildTree::Access::Writable};
    if (const auto there = find_beneath(tree.root(), workdir.path, O_PATH)) {
        struct stat status{};
        if (::fstat(there->get(), &status) != 0 || !S_ISDIR(status.st_mode))
            throw Error{ErrorKind::Failure, cat(quoted(workdir.path), " is not a directory")};
        return std::nullopt;
    }
    build::CopyOwner owner;
    if (!workdir.user.empty()) {
        const runtime::UserIdentity user = runtime::find_user(runtime::load_account_files(tree.root()), workdir.user);
        owner = {user.uid, user.gid};
    }
    make_directory_of(engine, tree, workdir, owner); // closed again: an open one would hold the mount
    tree.unmount();
    return make_step_layer(engine, request, layers.top(), tree.request(), rootfs::list_changes(tree.request()), OwnerOfNew{workdir.path, owner});
}

build::NewLayer squash_layers(Engine& engine, const BuildRequest& request, const std::string& lock, const BuildLayers& base,
                              const BuildLayers& layers)
{
    BuildTree tree{engine, lock, layers.ids(), BuildTree::Access::ReadOnly};
    const UniqueFd root = open_at(AT_FDCWD, proc_fd_path(tree.root()), O_RDONLY | O_DIRECTORY);
    std::vector<std::string> below, all;
    for (const std::string& id : base.ids())
        below.push_back(engine.store().layers().diff_path(id));
    for (const std::string& id : layers.ids())
        all.push_back(engine.store().layers().diff_path(id));
    const bool on_base = !below.empty();
    std::set<std::string, std::less<>> wanted; // and the directories that lead there
    std::vector<std::string> gone;
    if (on_base)
        for (const rootfs::Change& change : rootfs::compare_layers(below, all)) {
            std::string last = plain(change.path);
            if (change.kind == rootfs::ChangeKind::Deleted) {
                gone.push_back(last);
                last.resize(last.rfind('/') == std::string::npos ? 0 : last.rfind('/'));
            }
            for (std::string path = last; !path.empty(); path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/')))
                wanted.insert(path);
        }
    return build::make_layer(engine.store(), base.top(), engine.identity().single_id, [&](archive::EntrySink& plain_sink) {
        std::optional<TimeSink> timed;
        if (request.timestamp)
            timed.emplace(plain_sink, *request.timestamp, request.exact_times);
        archive::EntrySink& sink = timed ? static_cast<archive::EntrySink&>(*timed) : plain_sink;
        archive::PackOptions options;
        if (on_base)
            options.wants = [&](std::string_view path) { return wanted.contains(path); };
        archive::Packer packer{sink, std::move(options)};
        if (!on_base)
            packer.add_alone(root.get(), "", ".");
        packer.add_below(root.get());
        for (const std::string& path : gone) {
            const std::size_t slash = path.rfind('/');
            archive::TarEntry mark;
            mark.path = slash == std::string::npos ? cat(".wh.", path) : cat(path.substr(0, slash + 1), ".wh.", path.substr(slash + 1));
            sink.add(mark);
        }
    });
}

} // namespace skiff::engine
