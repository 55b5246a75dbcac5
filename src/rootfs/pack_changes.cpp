#include "rootfs/pack_changes.hpp"

#include "archive/directory_chain.hpp"
#include "archive/pack.hpp"
#include "base/cat.hpp"
#include "base/file.hpp"
#include "rootfs/layer_stack.hpp"

#include <fcntl.h>
#include <set>
#include <unistd.h>

namespace skiff::rootfs {
namespace {

using archive::DirectoryChain;
using archive::Ownership;

constexpr std::uint32_t nobody = 65534;

/// From owners as they lie on disk to those that the image means.
std::function<Ownership(const Ownership&)> owner_in_image(const RootfsRequest& request)
{
    IdMap map = id_map_of_changes(request);
    if (map.empty())
        return {};
    return [map = std::move(map)](const Ownership& owner) {
        return Ownership{find_inside(map.uids, owner.uid).value_or(nobody), find_inside(map.gids, owner.gid).value_or(nobody),
                         owner.mode};
    };
}

std::vector<std::string_view> components_of(std::string_view path)
{
    std::vector<std::string_view> components;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        components.push_back(path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return components;
}

class ChangePacker
{
  public:
    ChangePacker(const RootfsRequest& request, int top, archive::EntrySink& sink)
        : sink_{sink}, packer_{sink, make_options(request)}, chain_{top, false}
    {
    }

    void add(const Change& change)
    {
        const std::string path = change.path.substr(1);
        const std::size_t slash = path.rfind('/');
        const std::string parent = slash == std::string::npos ? "" : path.substr(0, slash);
        add_parents(parent);
        if (change.kind != ChangeKind::Deleted)
            return add_file(path);
        archive::TarEntry mark;
        mark.path = cat(parent, parent.empty() ? "" : "/", whiteout_prefix, path.substr(parent.empty() ? 0 : slash + 1));
        sink_.add(mark);
        ++written_;
    }

    [[nodiscard]] std::uint64_t written() const { return written_; }

  private:
    static archive::PackOptions make_options(const RootfsRequest& request)
    {
        archive::PackOptions options;
        options.map_owner = owner_in_image(request);
        return options;
    }

    void add_parents(const std::string& directory)
    {
        if (directory.empty() || added_directories_.contains(directory))
            return;
        const std::size_t slash = directory.rfind('/');
        add_parents(slash == std::string::npos ? "" : directory.substr(0, slash));
        add_file(directory);
        added_directories_.insert(directory); // or gone meanwhile: once is enough to know
    }

    /// A directory that had to be written as a parent comes only once.
    void add_file(const std::string& path)
    {
        if (added_directories_.contains(path))
            return;
        std::vector<std::string_view> components = components_of(path);
        const std::string name{components.back()};
        components.pop_back();
        if (!chain_.enter(components, DirectoryChain::Missing::Fail, DirectoryChain::Links::Refuse))
            return;
        struct stat status{};
        if (::fstatat(chain_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
            added_directories_.insert(path);
        written_ += packer_.add_alone(chain_.fd(), name, path) ? 1 : 0;
    }

    archive::EntrySink& sink_;
    archive::Packer packer_;
    DirectoryChain chain_;
    std::set<std::string> added_directories_;
    std::uint64_t written_ = 0;
};

} // namespace

std::uint64_t pack_changes(const RootfsRequest& request, const std::vector<Change>& changes, archive::EntrySink& sink)
{
    const auto top = find_at(AT_FDCWD, changes_directory(request), O_RDONLY | O_DIRECTORY);
    if (!top)
        return 0; // never mounted
    ChangePacker packer{request, top->get(), sink};
    for (const Change& change : changes)
        packer.add(change);
    return packer.written();
}

bool can_become_layer(const RootfsRequest& request)
{
    return request.driver == Driver::Overlay && id_map_of_changes(request).empty();
}

void drop_other_changes(const RootfsRequest& request, const std::vector<Change>& kept)
{
    std::set<std::string> needed; // and all that lead there
    for (const Change& change : kept)
        for (std::string path = change.path; !path.empty(); path.resize(path.rfind('/')))
            needed.insert(path);
    std::vector<Change> changes = list_changes(request);
    const UniqueFd top = open_at(AT_FDCWD, changes_directory(request), O_RDONLY | O_DIRECTORY);
    // What is below goes first. Directories of the image that were only passed through are empty then.
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        if (change->kind == ChangeKind::Deleted || needed.contains(change->path))
            continue;
        const std::size_t slash = change->path.rfind('/');
        const auto parent = find_beneath(top.get(), change->path.substr(0, slash), O_RDONLY | O_DIRECTORY, Follow::Beneath);
        const std::string name = change->path.substr(slash + 1);
        if (parent && ::unlinkat(parent->get(), name.c_str(), 0) != 0 && errno == EISDIR)
            (void)::unlinkat(parent->get(), name.c_str(), AT_REMOVEDIR);
    }
}

} // namespace skiff::rootfs
