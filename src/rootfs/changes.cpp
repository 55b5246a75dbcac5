// Two ways to the same answer. With an overlay, upper/ holds exactly what was touched, so only that is walked and looked up
// in the layers. The copy driver has a whole tree: it is compared with the merged view of the layers.

#include "rootfs/changes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"
#include "rootfs/layer_stack.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace skiff::rootfs {
namespace {

class ChangeFinder
{
  public:
    explicit ChangeFinder(const RootfsRequest& request)
        : map_{id_map_of_changes(request)}, whole_tree_{request.driver == Driver::Copy}
    {
    }

    /// A directory of the container, and what stands at the same place in the image.
    struct Place
    {
        int upper;
        const StackDirectory* lower; ///< null: the image has no directory there
        /// Nothing of `lower` shows through: what is not in `upper` is gone. So it is with whole trees, and with opaque
        /// directories and everything below them.
        bool complete;
        std::string path;
        int depth;
    };
    void walk(const Place& place);
    void walk_all(int upper, const StackDirectory& lower) { walk({upper, &lower, whole_tree_, "", 0}); }

    std::vector<Change> take()
    {
        std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
        return std::move(changes_);
    }

  private:
    struct Present ///< what the container's directory says about its names
    {
        std::map<std::string, struct stat> entries;
        std::set<std::string> deleted;
    };

    static Present read_directory(int upper);
    void compare(const Place& place, const std::string& name, const struct stat& status, const std::string& path);
    void walk_into(const Place& place, const std::string& name, const StackDirectory* lower, const std::string& path);
    bool has_same_attributes(int upper, const std::string& name, const struct stat& ours, const StackDirectory& lower,
                             const StackEntry& entry) const;
    bool is_same_file(int upper, const std::string& name, const struct stat& ours, const StackDirectory& lower,
                      const StackEntry& entry) const;
    void add(ChangeKind kind, const std::string& path, bool attributes = false)
    {
        changes_.push_back({kind, path, attributes});
    }

    IdMap map_;
    bool whole_tree_;
    std::vector<Change> changes_;
};

ChangeFinder::Present ChangeFinder::read_directory(int upper)
{
    Present present;
    for (DirectoryEntry& entry : list_directory(upper)) {
        if (entry.name == opaque_marker)
            continue;
        if (entry.name.starts_with(whiteout_prefix)) {
            present.deleted.insert(entry.name.substr(whiteout_prefix.size()));
            continue;
        }
        struct stat status{};
        if (::fstatat(upper, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) // a running container goes on working
                continue;
            throw Error{errno, cat("looking at ", quoted(entry.name))};
        }
        if (is_whiteout(status))
            present.deleted.insert(std::move(entry.name));
        else
            present.entries.emplace(std::move(entry.name), status);
    }
    return present;
}

bool ChangeFinder::has_same_attributes(int upper, const std::string& name, const struct stat& ours, const StackDirectory& lower,
                                       const StackEntry& entry) const
{
    const struct stat& image = entry.status;
    const bool shift = needs_shift(map_);
    const uid_t uid = shift ? shifted_id(map_.uids, image.st_uid) : image.st_uid;
    const gid_t gid = shift ? shifted_id(map_.gids, image.st_gid) : image.st_gid;
    return ours.st_mode == image.st_mode && ours.st_uid == uid && ours.st_gid == gid &&
           has_same_kept_owner(upper, name, lower.parts[entry.part].get(), entry.name, ours.st_mode);
}

bool is_same_time(const struct stat& a, const struct stat& b)
{
    return a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool ChangeFinder::is_same_file(int upper, const std::string& name, const struct stat& ours, const StackDirectory& lower,
                                const StackEntry& entry) const
{
    if (!has_same_attributes(upper, name, ours, lower, entry) || ours.st_rdev != entry.status.st_rdev)
        return false;
    if (S_ISLNK(ours.st_mode))
        return find_link_at(upper, name) == find_link_at(lower.parts[entry.part].get(), name);
    return !S_ISREG(ours.st_mode) || (ours.st_size == entry.status.st_size && is_same_time(ours, entry.status));
}

void ChangeFinder::walk_into(const Place& place, const std::string& name, const StackDirectory* lower, const std::string& path)
{
    if (const auto below = find_at(place.upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        walk({below->get(), lower, place.complete || is_opaque(below->get()), path, place.depth + 1});
}

void ChangeFinder::compare(const Place& place, const std::string& name, const struct stat& status, const std::string& path)
{
    const auto image = place.lower != nullptr ? find_entry(*place.lower, name) : std::nullopt;
    const bool is_directory = S_ISDIR(status.st_mode);
    if (!image) {
        add(ChangeKind::Added, path);
        if (is_directory)
            walk_into(place, name, nullptr, path);
    } else if (!is_directory) {
        if (!whole_tree_ || !is_same_file(place.upper, name, status, *place.lower, *image))
            add(ChangeKind::Modified, path);
    } else if (!S_ISDIR(image->status.st_mode)) {
        add(ChangeKind::Modified, path);
        walk_into(place, name, nullptr, path);
    } else {
        const std::size_t before = changes_.size();
        const StackDirectory below = enter(*place.lower, *image);
        walk_into(place, name, &below, path);
        // A directory's time alone says nothing that its entries do not say: something came and went.
        const bool differs = !has_same_attributes(place.upper, name, status, *place.lower, *image);
        if (changes_.size() > before || differs)
            add(ChangeKind::Modified, path, differs);
    }
}

void ChangeFinder::walk(const Place& place)
{
    if (place.depth > max_depth)
        throw Error{ErrorKind::Failure, cat("comparing ", quoted(place.path), ": more than ", max_depth, " directories deep")};
    const Present present = read_directory(place.upper);
    for (const auto& [name, status] : present.entries)
        compare(place, name, status, cat(place.path, "/", name));
    if (place.lower == nullptr)
        return;
    if (place.complete) {
        for (const StackEntry& entry : list(*place.lower))
            if (!present.entries.contains(entry.name))
                add(ChangeKind::Deleted, cat(place.path, "/", entry.name));
    } else {
        for (const std::string& name : present.deleted)
            if (find_entry(*place.lower, name))
                add(ChangeKind::Deleted, cat(place.path, "/", name));
    }
}

} // namespace

std::vector<Change> list_changes(const RootfsRequest& request)
{
    const auto upper = find_at(AT_FDCWD, changes_directory(request), O_RDONLY | O_DIRECTORY);
    if (!upper)
        return {}; // never mounted
    ChangeFinder finder{request};
    const StackDirectory lower = open_stack(request.layers);
    finder.walk_all(upper->get(), lower);
    return finder.take();
}

} // namespace skiff::rootfs
