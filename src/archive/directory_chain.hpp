#pragma once

#include "base/unique_fd.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace skiff::archive {

/// Open directories from a root down to where the work is: the entries of an archive are neighbours most of the time,
/// so the next one costs no walk.
///
/// Links are followed by hand, one component after another, and never out of the root (security.md R1, R3, R41); so
/// every level is a real directory, and `path()` is its real name, which no later link can change. A directory that was
/// changed while it stood here gets its modification time back when it is left.
class DirectoryChain
{
  public:
    enum class Missing
    {
        Create,
        Fail
    }; ///< Create: mode 0755, of root
    enum class Links
    {
        Follow,
        Refuse
    };

    /// `root` is borrowed. Without `keep_times`, directories that are left are left alone (lookups).
    DirectoryChain(int root, bool keep_times) : root_{root}, keep_times_{keep_times} {}

    /// Goes to a directory by its name. False when a component is missing (Missing::Fail only). Throws when one is no
    /// directory, on loops, and on links when they are refused.
    bool enter(const std::vector<std::string_view>& directory, Missing missing, Links links = Links::Follow);
    /// Goes one level further down, into the directory `name`, which exists and is no link.
    void push(std::string_view name, UniqueFd fd, const struct stat& status);
    /// Leaves everything.
    void clear();
    /// Forgets by which names it got here: something was removed, names may mean something else now.
    void forget_names() { have_last_ = false; }

    [[nodiscard]] int fd() const { return levels_.empty() ? root_ : levels_.back().fd.get(); }
    [[nodiscard]] const std::string& path() const { return path_; } ///< "usr/lib/", or "" for the root
    [[nodiscard]] bool at_root() const { return levels_.empty(); }
    /// New files here get the directory's group instead of ours.
    [[nodiscard]] bool is_setgid() const { return levels_.empty() ? root_setgid_ : levels_.back().setgid; }
    /// Something in this directory was made or removed.
    void touch();
    /// The time that this directory has by its entry.
    void set_time(const struct timespec& modified);
    void set_setgid(bool setgid);
    /// Removals may be marked by files here: look for them before a directory is made.
    void expect_whiteout_files(bool expected) { whiteout_files_ = expected; }
    /// Called with each directory that was made because it was missing, to give it an owner.
    void on_created(std::function<void(int fd)> hook) { created_hook_ = std::move(hook); }
    [[nodiscard]] std::size_t created() const { return created_; } ///< directories made because they were missing

  private:
    struct Level
    {
        std::string name;
        UniqueFd fd;
        struct timespec modified;
        bool dirty = false;
        bool setgid = false;
        std::size_t path_length; ///< of the path above it
    };
    void truncate(std::size_t depth);
    [[nodiscard]] int fd_at(std::size_t depth) const { return depth == 0 ? root_ : levels_[depth - 1].fd.get(); }
    void restore_time(int fd, bool& dirty, const struct timespec& modified) const;

    int root_;
    bool keep_times_;
    std::vector<Level> levels_;
    std::string path_;
    std::vector<std::string> last_; ///< the name by which this place was reached
    bool have_last_ = false;
    struct timespec root_modified_ = {};
    bool root_has_time_ = false;
    bool root_dirty_ = false;
    bool root_setgid_ = false;
    bool whiteout_files_ = false;
    std::size_t created_ = 0;
    std::function<void(int)> created_hook_;
};

} // namespace skiff::archive
