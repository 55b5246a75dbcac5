#include "build/content_digest.hpp"

#include "archive/file_attributes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"

#include <algorithm>
#include <cstdio>
#include <dirent.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace skiff::build {
namespace {

constexpr int max_depth = 256;

/// Puts values into a hash so that no two rows of values look alike.
class Fields
{
  public:
    explicit Fields(Sha256& sha) : sha_(sha) {}
    Fields& add(std::string_view value)
    {
        sha_.update(cat(value.size(), ":"));
        sha_.update(value);
        return *this;
    }
    Fields& add(std::uint64_t value) { return add(std::to_string(value)); }

  private:
    Sha256& sha_;
};

class Walker
{
  public:
    Walker(const SourceTree& tree, const SourceSelection& selection, FileHashes& hashes, const TellFile& tell)
        : filter_(tree, selection), hashes_(hashes), tell_(tell)
    {
    }

    void add_source(const SelectedSource& source)
    {
        base_ = source.path;
        // The name counts: the copy may keep it.
        Fields{sha_}.add("source").add(source.prefix).add(S_ISDIR(source.status.st_mode) ? "" : name_of(source.path));
        const UniqueFd fd = reopened(source.fd.get(), source.status, source.path);
        add(fd.get(), source.status, source.path, 0);
    }

    std::string finish() { return sha_.finish_hex(); }

  private:
    static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1); }

    /// Directories and regular files can be read; the rest is only looked at.
    static UniqueFd reopened(int path_fd, const struct stat& status, const std::string& path)
    {
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
            return UniqueFd{::fcntl(path_fd, F_DUPFD_CLOEXEC, 0)};
        return while_doing(cat("reading ", quoted(path)), [&] { return open_at(AT_FDCWD, proc_fd_path(path_fd), O_RDONLY | (S_ISDIR(status.st_mode) ? O_DIRECTORY : O_NONBLOCK)); });
    }

    [[nodiscard]] std::string_view below_base(const std::string& path) const
    {
        if (base_.empty())
            return path;
        return path.size() > base_.size() ? std::string_view{path}.substr(base_.size() + 1) : std::string_view{};
    }

    void add(int fd, const struct stat& status, const std::string& path, int depth)
    {
        Fields fields{sha_};
        fields.add(below_base(path)).add(status.st_mode);
        if (S_ISREG(status.st_mode)) {
            const std::string hash = while_doing(cat("reading ", quoted(path)), [&] { return hashes_.hash(fd, status); });
            fields.add(static_cast<std::uint64_t>(status.st_size)).add(hash);
            tell(path, status, hash);
        }
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
            fields.add(gnu_dev_major(status.st_rdev)).add(gnu_dev_minor(status.st_rdev));
        if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
            add_xattrs(fd);
        if (S_ISDIR(status.st_mode))
            add_directory(fd, path, depth);
    }

    void tell(const std::string& path, const struct stat& status, const std::string& content) const
    {
        if (!tell_)
            return;
        char mode[16];
        (void)std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777U));
        constexpr std::size_t enough = 16;
        tell_(path, cat(mode, " ", static_cast<std::uint64_t>(status.st_size), " ", content.substr(0, enough)));
    }

    void add_xattrs(int fd)
    {
        char names[4096];
        const ssize_t length = ::flistxattr(fd, names, sizeof names);
        if (length <= 0)
            return;
        std::vector<std::string> list;
        for (const char* name = names; name < names + length; name += list.back().size() + 1)
            list.emplace_back(name);
        std::sort(list.begin(), list.end());
        for (const std::string& name : list) {
            char value[65536];
            const ssize_t size = archive::is_refused_xattr(name) ? -1 : ::fgetxattr(fd, name.c_str(), value, sizeof value);
            if (size >= 0)
                Fields{sha_}.add("xattr").add(name).add(std::string_view{value, static_cast<std::size_t>(size)});
        }
    }

    void add_directory(int fd, const std::string& path, int depth)
    {
        if (depth > max_depth)
            throw Error{ErrorKind::Failure, cat("directories are nested deeper than ", max_depth, ": ", quoted(path))};
        std::vector<DirectoryEntry> entries = list_directory(fd);
        std::sort(entries.begin(), entries.end(), [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
        for (const DirectoryEntry& entry : entries) {
            const std::string inner = path.empty() ? entry.name : cat(path, "/", entry.name);
            const std::string_view below = below_base(inner);
            const bool is_wanted = filter_.wants(inner, below);
            if (!is_wanted && (entry.type != DT_DIR || !filter_.may_want_below(inner, below)))
                continue;
            struct stat status{};
            if (::fstatat(fd, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
                throw Error{errno, cat("looking at ", quoted(inner))};
            if (S_ISLNK(status.st_mode)) {
                const std::string target = read_link_at(fd, entry.name);
                Fields{sha_}.add(below).add(status.st_mode).add(target);
                tell(inner, status, target);
                continue;
            }
            if (S_ISSOCK(status.st_mode))
                continue; // the copy leaves it out, too
            const int flags = S_ISDIR(status.st_mode) ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW : S_ISREG(status.st_mode) ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK : O_PATH | O_NOFOLLOW;
            const UniqueFd inner_fd = while_doing(cat("reading ", quoted(inner)), [&] { return open_at(fd, entry.name, flags); });
            if (::fstat(inner_fd.get(), &status) != 0)
                throw Error{errno, cat("looking at ", quoted(inner))};
            add(inner_fd.get(), status, inner, depth + 1);
        }
    }

    Sha256 sha_;
    SourceFilter filter_;
    FileHashes& hashes_;
    const TellFile& tell_;
    std::string base_;
};

} // namespace

std::string content_digest(const SourceTree& tree, const SourceSelection& selection, const std::vector<SelectedSource>& sources, FileHashes& hashes,
                           const TellFile& tell)
{
    Walker walker{tree, selection, hashes, tell};
    for (const SelectedSource& source : sources)
        walker.add_source(source);
    return walker.finish();
}

} // namespace skiff::build
