#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/changes.hpp"
#include "rootfs/layer_stack.hpp"

#include <algorithm>

namespace skiff::rootfs {
namespace {

bool is_same_inode(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Both are made of the very same directories, so all below them is equal, too.
bool is_same_directory(const StackDirectory& a, const StackDirectory& b)
{
    return std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), [](const UniqueFd& x, const UniqueFd& y) {
        struct stat of_x{};
        struct stat of_y{};
        return ::fstat(x.get(), &of_x) == 0 && ::fstat(y.get(), &of_y) == 0 && is_same_inode(of_x, of_y);
    });
}

bool has_same_attributes(const struct stat& a, const struct stat& b)
{
    return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid;
}

/// Layers have whole seconds. (A container's own changes are told apart by more: changes.cpp.)
bool is_same_time(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && (a.tv_nsec == b.tv_nsec || a.tv_nsec == 0 || b.tv_nsec == 0);
}

class Comparison
{
  public:
    void compare(const StackDirectory& from, const StackDirectory& to, const std::string& path, int depth)
    {
        if (is_same_directory(from, to))
            return;
        if (depth > max_depth)
            throw Error{ErrorKind::Failure, cat("comparing ", quoted(path), ": more than ", max_depth, " directories deep")};
        const std::vector<StackEntry> old_entries = list(from);
        const std::vector<StackEntry> new_entries = list(to);
        auto old_entry = old_entries.begin();
        for (const StackEntry& entry : new_entries) {
            for (; old_entry != old_entries.end() && old_entry->name < entry.name; ++old_entry)
                add(ChangeKind::Deleted, cat(path, "/", old_entry->name));
            const bool was_there = old_entry != old_entries.end() && old_entry->name == entry.name;
            compare_entry(from, was_there ? &*old_entry : nullptr, to, entry, cat(path, "/", entry.name), depth);
            if (was_there)
                ++old_entry;
        }
        for (; old_entry != old_entries.end(); ++old_entry)
            add(ChangeKind::Deleted, cat(path, "/", old_entry->name));
    }

    std::vector<Change> take()
    {
        std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
        return std::move(changes_);
    }

  private:
    void compare_entry(const StackDirectory& from, const StackEntry* old_entry, const StackDirectory& to, const StackEntry& entry,
                       const std::string& path, int depth)
    {
        const bool was_directory = old_entry != nullptr && S_ISDIR(old_entry->status.st_mode);
        if (!S_ISDIR(entry.status.st_mode)) {
            if (old_entry == nullptr)
                add(ChangeKind::Added, path);
            else if (!is_same_file(from, *old_entry, to, entry))
                add(ChangeKind::Modified, path);
            return;
        }
        const std::size_t before = changes_.size();
        compare(was_directory ? enter(from, *old_entry) : StackDirectory{}, enter(to, entry), path, depth + 1);
        if (old_entry == nullptr)
            add(ChangeKind::Added, path);
        else if (!was_directory || changes_.size() > before || !has_same_attributes(old_entry->status, entry.status))
            add(ChangeKind::Modified, path);
    }

    static bool is_same_file(const StackDirectory& from, const StackEntry& old_entry, const StackDirectory& to, const StackEntry& entry)
    {
        const struct stat& a = old_entry.status;
        const struct stat& b = entry.status;
        if (is_same_inode(a, b))
            return true;
        if (!has_same_attributes(a, b) || a.st_rdev != b.st_rdev)
            return false;
        if (S_ISLNK(a.st_mode))
            return find_link_at(from.parts[old_entry.part].get(), old_entry.name) == find_link_at(to.parts[entry.part].get(), entry.name);
        return !S_ISREG(a.st_mode) || (a.st_size == b.st_size && is_same_time(a.st_mtim, b.st_mtim));
    }

    void add(ChangeKind kind, const std::string& path) { changes_.push_back({kind, path, false}); }

    std::vector<Change> changes_;
};

} // namespace

std::vector<Change> compare_layers(const std::vector<std::string>& from, const std::vector<std::string>& to)
{
    Comparison comparison;
    comparison.compare(open_stack(from), open_stack(to), "", 0);
    return comparison.take();
}

} // namespace skiff::rootfs
