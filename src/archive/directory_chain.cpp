#include "archive/directory_chain.hpp"

#include "archive/entry_name.hpp"
#include "archive/whiteout.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <fcntl.h>

namespace skiff::archive {
namespace {

constexpr int max_links = 40; // as the kernel's

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

UniqueFd open_directory(int dir, const std::string& name)
{
    return UniqueFd{::openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

} // namespace

void DirectoryChain::restore_time(int fd, bool& dirty, const struct timespec& modified) const
{
    if (!dirty || !keep_times_)
        return;
    const struct timespec times[2] = {modified, modified};
    if (::futimens(fd, times) != 0)
        throw Error{errno, "setting a directory's time"};
    dirty = false;
}

void DirectoryChain::truncate(std::size_t depth)
{
    while (levels_.size() > depth) {
        Level& level = levels_.back();
        restore_time(level.fd.get(), level.dirty, level.modified);
        path_.resize(level.path_length);
        levels_.pop_back();
    }
}

void DirectoryChain::clear()
{
    truncate(0);
    if (root_has_time_)
        restore_time(root_, root_dirty_, root_modified_);
    have_last_ = false;
}

void DirectoryChain::push(std::string_view name, UniqueFd fd, const struct stat& status)
{
    if (levels_.size() == max_depth)
        refuse(cat("directories are nested more than ", max_depth, " deep"));
    levels_.push_back(
        {std::string{name}, std::move(fd), status.st_mtim, false, (status.st_mode & S_ISGID) != 0, path_.size()});
    path_ += name;
    path_ += '/';
    if (have_last_)
        last_.emplace_back(name);
}

void DirectoryChain::touch() { (levels_.empty() ? root_dirty_ : levels_.back().dirty) = true; }

void DirectoryChain::set_time(const struct timespec& modified)
{
    if (levels_.empty()) {
        root_modified_ = modified;
        root_has_time_ = true;
    } else {
        levels_.back().modified = modified;
    }
    touch();
}

void DirectoryChain::set_setgid(bool setgid) { (levels_.empty() ? root_setgid_ : levels_.back().setgid) = setgid; }

bool DirectoryChain::enter(const std::vector<std::string_view>& directory, Missing missing, Links links)
{
    if (have_last_ && links == Links::Follow &&
        std::equal(last_.begin(), last_.end(), directory.begin(), directory.end()))
        return true;
    have_last_ = false;

    std::vector<std::string> from_links; // components that links put in front, the next one last
    std::size_t next = 0;
    std::size_t depth = 0; // where we stand; deeper levels are kept while they may still be right
    int followed = 0;
    const auto go_down = [&](const std::string& name, UniqueFd fd) {
        struct stat status
        {
        };
        if (::fstat(fd.get(), &status) != 0)
            throw Error{errno, cat("looking at ", quoted(name))};
        push(name, std::move(fd), status);
        ++depth;
    };
    while (!from_links.empty() || next < directory.size()) {
        std::string name;
        if (!from_links.empty()) {
            name = std::move(from_links.back());
            from_links.pop_back();
        } else {
            name = directory[next++];
        }
        if (name == "..") { // from a link only
            depth -= depth > 0 ? 1 : 0;
            continue;
        }
        if (depth < levels_.size() && levels_[depth].name == name) {
            ++depth;
            continue;
        }
        truncate(depth);
        const int here = fd_at(depth);
        if (UniqueFd fd = open_directory(here, name)) {
            go_down(name, std::move(fd));
            continue;
        }
        const int refusal = errno;
        struct stat status
        {
        };
        bool hides_lower = false;
        if (refusal != ENOENT) {
            if (::fstatat(here, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
                throw Error{errno, cat("looking at ", quoted(name))};
            if (S_ISLNK(status.st_mode)) {
                if (links == Links::Refuse)
                    refuse(cat(quoted(cat(path_, name)), " is a link"));
                if (++followed > max_links)
                    refuse(cat("too many links on the way to ", quoted(cat(path_, name))));
                const std::string target = read_link_at(here, name);
                if (target.starts_with('/'))
                    depth = 0;
                std::vector<std::string> components = components_of(target);
                from_links.insert(from_links.end(), std::make_move_iterator(components.rbegin()),
                                  std::make_move_iterator(components.rend()));
                if (from_links.size() > max_depth * 16)
                    refuse(cat("too many links on the way to ", quoted(cat(path_, name))));
                continue;
            }
            hides_lower = is_whiteout_device(status);
            if (!hides_lower && S_ISDIR(status.st_mode))
                throw Error{refusal, cat("opening ", quoted(cat(path_, name)))};
            if (!hides_lower && missing == Missing::Create)
                refuse(cat(quoted(cat(path_, name)), " is not a directory"));
        }
        if (missing == Missing::Fail) {
            truncate(depth);
            return false;
        }
        // A removal of the same layer that comes before the directory: the lower one's content stays away (M-63).
        if (hides_lower && ::unlinkat(here, name.c_str(), 0) != 0)
            throw Error{errno, cat("removing a whiteout of ", quoted(name))};
        if (whiteout_files_ && ::unlinkat(here, cat(whiteout_prefix, name).c_str(), 0) == 0)
            hides_lower = true;
        touch();
        if (::mkdirat(here, name.c_str(), 0755) != 0)
            throw Error{errno, cat("making directory ", quoted(cat(path_, name)))};
        UniqueFd fd = open_directory(here, name);
        if (!fd)
            throw Error{errno, cat("opening ", quoted(cat(path_, name)))};
        if (is_setgid() && (::fchown(fd.get(), 0, 0) != 0 || ::fchmod(fd.get(), 0755) != 0) && errno != EPERM)
            throw Error{errno, cat("making directory ", quoted(cat(path_, name)))};
        if (hides_lower)
            make_opaque(fd.get());
        if (created_hook_)
            created_hook_(fd.get());
        ++created_;
        go_down(name, std::move(fd));
    }
    truncate(depth);
    last_.assign(directory.begin(), directory.end());
    have_last_ = true;
    return true;
}

} // namespace skiff::archive
