#include "cli/compose/file_changes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <array>
#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
constexpr std::size_t max_depth = 64;

std::string joined(const std::string& directory, const std::string& name) { return directory.empty() ? name : cat(directory, "/", name); }

void list_files(const std::string& root, const std::string& relative, std::size_t depth, const std::function<bool(const std::string&)>& is_hidden,
                std::set<std::string>& found)
{
    if (depth > max_depth)
        return;
    const std::string path = relative.empty() ? root : cat(root, "/", relative);
    for (const DirectoryEntry& entry : list_directory(AT_FDCWD, path)) {
        const std::string name = joined(relative, entry.name);
        if (is_hidden(name))
            continue;
        if (entry.type == DT_DIR)
            list_files(root, name, depth + 1, is_hidden, found);
        else
            found.insert(name);
    }
}

} // namespace

FileChanges::FileChanges(std::string root, std::function<bool(const std::string&)> is_hidden)
    : root_{std::move(root)}, is_hidden_{std::move(is_hidden)}, inotify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)}
{
    if (!inotify_)
        throw Error{errno, "watching files"}.with_hint("/proc/sys/fs/inotify/max_user_instances limits how many may be watched");
    struct stat status{};
    if (::stat(root_.c_str(), &status) != 0)
        throw Error{errno, cat("watching ", quoted(root_))};
    is_file_ = !S_ISDIR(status.st_mode);
    if (!is_file_) {
        add_directory("", nullptr);
        return;
    }
    // Editors replace files, so the directory around it is watched.
    const std::string directory = root_.substr(0, root_.rfind('/'));
    const int watch = ::inotify_add_watch(inotify_.get(), directory.empty() ? "/" : directory.c_str(), wanted);
    if (watch < 0)
        throw Error{errno, cat("watching ", quoted(root_))};
    directories_[watch] = "";
}

void FileChanges::add_directory(const std::string& relative, std::set<std::string>* found)
{
    const std::string path = relative.empty() ? root_ : cat(root_, "/", relative);
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), wanted | IN_ONLYDIR | IN_DONT_FOLLOW);
    if (watch < 0) {
        if (errno == ENOENT || errno == ENOTDIR) // it is gone already
            return;
        throw Error{errno, cat("watching ", quoted(path))}.with_hint("/proc/sys/fs/inotify/max_user_watches limits how many directories may be watched");
    }
    directories_[watch] = relative;
    for (const DirectoryEntry& entry : list_directory(AT_FDCWD, path)) {
        const std::string name = joined(relative, entry.name);
        if (is_hidden_(name))
            continue;
        if (entry.type == DT_DIR)
            add_directory(name, found);
        else if (found != nullptr)
            found->insert(name);
    }
}

std::set<std::string> FileChanges::take()
{
    std::set<std::string> changed;
    alignas(inotify_event) std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (count <= 0)
            return changed;
        for (ssize_t at = 0; at < count;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            const auto directory = directories_.find(event->wd);
            if (directory == directories_.end() || event->len == 0)
                continue;
            if ((event->mask & IN_IGNORED) != 0) {
                directories_.erase(directory);
                continue;
            }
            const std::string name = static_cast<const char*>(event->name);
            if (is_file_) {
                if (name == root_.substr(root_.rfind('/') + 1))
                    changed.insert("");
                continue;
            }
            const std::string relative = joined(directory->second, name);
            if (is_hidden_(relative))
                continue;
            if ((event->mask & IN_ISDIR) != 0 && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0)
                add_directory(relative, &changed);
            else if ((event->mask & IN_ISDIR) == 0 || (event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
                changed.insert(relative);
        }
    }
}

std::set<std::string> FileChanges::list() const
{
    std::set<std::string> found;
    if (is_file_)
        found.insert("");
    else
        list_files(root_, "", 0, is_hidden_, found);
    return found;
}

} // namespace skiff::cli
