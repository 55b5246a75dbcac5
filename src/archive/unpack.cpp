// Applying a layer to an empty directory.
//
// Every entry is applied when it is read, in the archive's order: what is deferred can be turned into something else by
// what comes in between (M-18). Only the times of directories are set late, when the work leaves them. Nothing is
// addressed by a path: DirectoryChain holds the parent, and each call names one component below it.
//
// For speed a file costs four system calls: openat with O_EXCL (which is also the check that nothing is there), write,
// futimens, close; owner and mode are set only where they differ from what openat gave. What stands in the way is
// looked at when a call fails with EEXIST, not before.

#include "archive/unpack.hpp"

#include "archive/directory_chain.hpp"
#include "archive/entry_name.hpp"
#include "archive/file_attributes.hpp"
#include "archive/layer_stack.hpp"
#include "archive/unpack_attributes.hpp"
#include "archive/whiteout.hpp"
#include "base/defer.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <map>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

constexpr std::uint32_t special_bits = 07000;

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }
[[noreturn]] void fail(std::string_view doing) { throw Error{errno, std::string{doing}}; }

void put(int fd, std::string_view data)
{
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written >= 0)
            data.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            fail("writing");
    }
}

/// Keeps errno.
bool is_directory(int dir, const std::string& name)
{
    const int error = errno;
    struct stat status
    {
    };
    const bool answer = ::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
    errno = error;
    return answer;
}

class Unpacker
{
  public:
    Unpacker(TarReader& reader, int root, TarSplitWriter* tar_split, const UnpackOptions& options)
        : reader_{reader},
          tar_split_{tar_split},
          options_{options},
          here_{root, true},
          targets_{root, false},
          lower_{options.lower_dirs},
          attributes_{options, warnings_}
    {
    }

    UnpackSummary run()
    {
        const mode_t umask_before = ::umask(0);
        const Defer restore{[&] { ::umask(umask_before); }};
        while (const TarEntry* entry = reader_.next())
            while_doing_entry(*entry);
        here_.clear();
        summary_.entries = reader_.entries();
        summary_.files += here_.created();
        summary_.warnings = warnings_.take();
        return std::move(summary_);
    }

  private:
    void while_doing_entry(const TarEntry& entry)
    {
        try {
            apply(entry);
        } catch (NeedsLower&) { // keeps its type
            throw;
        } catch (Error& error) {
            error.add_context(cat("entry ", quoted(entry.path)));
            throw;
        }
    }

    void apply(const TarEntry& entry)
    {
        split_entry_name(entry.path, components_);
        const NameMeaning meaning = options_.plain_tree ? NameMeaning::Plain : meaning_of(components_);
        if (meaning == NameMeaning::Ignored)
            return warnings_.once(UnpackWarning::AufsEntry,
                                  cat("ignored entries that only AUFS understands, such as ", quoted(entry.path)));
        if (components_.empty())
            return apply_root(entry);
        const std::string name{components_.back()};
        components_.pop_back();
        if (meaning == NameMeaning::Plain)
            return make(entry, name);
        here_.enter(components_, DirectoryChain::Missing::Create, DirectoryChain::Links::Refuse);
        if (meaning == NameMeaning::Opaque)
            apply_opaque(entry);
        else
            apply_whiteout(entry, name.substr(whiteout_prefix.size()));
    }

    void make(const TarEntry& entry, const std::string& name)
    {
        switch (entry.type) {
        case EntryType::CharDevice:
        case EntryType::BlockDevice:
            return warnings_.once(UnpackWarning::Device, cat("ignored device nodes, such as ", quoted(entry.path)));
        case EntryType::Other:
            return warnings_.once(UnpackWarning::StrangeType,
                                  cat("ignored an entry that is no file: ", quoted(entry.path)));
        default:
            break;
        }
        here_.enter(components_, DirectoryChain::Missing::Create);
        switch (entry.type) {
        case EntryType::Regular:
            make_file(entry, name);
            break;
        case EntryType::Directory:
            make_directory(entry, name);
            break;
        case EntryType::Symlink:
            make_symlink(entry, name);
            break;
        case EntryType::HardLink:
            make_hard_link(entry, name);
            break;
        default:
            make_fifo(entry, name);
        }
        ++summary_.files;
    }

    // What stands in the way.

    /// Calls `create` (0 or -1 with errno); when something has the name already, that goes away first.
    /// True when what went away (or was whited out by this layer) must keep hiding a lower directory.
    template <typename Create>
    bool create_in_place(const std::string& name, Create create)
    {
        bool hides = false;
        here_.touch();
        if (whiteout_files_ && remove_file_at(here_.fd(), cat(whiteout_prefix, name)))
            hides = true;
        if (create() == 0)
            return hides;
        if (errno != EEXIST)
            fail("making it");
        hides = make_room(name) || hides;
        if (create() != 0)
            fail("making it");
        return hides;
    }

    /// Removes `name`, whatever it is; true when it was a whiteout of this layer.
    bool make_room(const std::string& name)
    {
        here_.forget_names();
        targets_.clear(); // it may stand inside of what goes away
        struct stat status
        {
        };
        if (::fstatat(here_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            fail("looking at what is in its place");
        if (is_whiteout_device(status)) {
            remove_file_at(here_.fd(), name);
            return true;
        }
        if (tar_split_ != nullptr)
            keep_contents(here_.fd(), name, status, here_.path());
        remove_tree_at(here_.fd(), name);
        return false;
    }

    /// The stream must be made again although these files are about to go.
    void keep_contents(int dir, const std::string& name, const struct stat& status, const std::string& above)
    {
        const std::string path = cat(above, name);
        if (S_ISREG(status.st_mode)) {
            const UniqueFd fd{::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
            if (!fd)
                fail("reading what is in its place");
            tar_split_->replaced(path, fd.get());
        } else if (S_ISDIR(status.st_mode)) { // at most max_depth calls deep
            const UniqueFd fd{::openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (!fd)
                fail("reading what is in its place");
            for (const DirectoryEntry& entry : list_directory(fd.get())) {
                struct stat inner
                {
                };
                if (::fstatat(fd.get(), entry.name.c_str(), &inner, AT_SYMLINK_NOFOLLOW) != 0)
                    fail("reading what is in its place");
                keep_contents(fd.get(), entry.name, inner, cat(path, "/"));
            }
        }
    }

    // One function for each type.

    void make_file(const TarEntry& entry, const std::string& name)
    {
        count_bytes(entry.size);
        const std::uint32_t made_mode = attributes_.mode_on_disk(entry, S_IFREG) & ~special_bits;
        UniqueFd fd;
        create_in_place(name, [&] {
            fd.reset(
                ::openat(here_.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, made_mode));
            return fd ? 0 : -1;
        });
        if (tar_split_ != nullptr && entry.sparse)
            tar_split_->pieces(cat(here_.path(), name), entry.pieces);
        else if (tar_split_ != nullptr && entry.size > 0)
            tar_split_->file(cat(here_.path(), name), entry.size);
        if (entry.sparse)
            write_sparse(fd.get(), entry);
        else
            write_content(fd.get());
        attributes_.set(fd.get(), entry, S_IFREG, made_mode, here_.is_setgid());
        AttributeWriter::set_time(fd.get(), entry);
    }

    void write_content(int fd)
    {
        for (std::string_view piece = reader_.read(); !piece.empty(); piece = reader_.read())
            put(fd, piece);
    }

    void write_sparse(int fd, const TarEntry& entry)
    {
        std::string_view stored;
        for (const SparsePiece& piece : entry.pieces) {
            if (piece.length > 0 && ::lseek(fd, static_cast<off_t>(piece.offset), SEEK_SET) < 0)
                fail("writing it");
            for (std::uint64_t left = piece.length; left > 0;) {
                if (stored.empty())
                    stored = reader_.read();
                const std::string_view part = stored.substr(0, left);
                put(fd, part);
                stored.remove_prefix(part.size());
                left -= part.size();
            }
        }
        if (::ftruncate(fd, static_cast<off_t>(entry.size)) != 0)
            fail("setting its size");
    }

    void count_bytes(std::uint64_t size)
    {
        if (size > options_.max_bytes - summary_.unpacked_bytes)
            refuse(cat("the layer unpacks to more than ", options_.max_bytes, " bytes"));
        summary_.unpacked_bytes += size;
    }

    void make_directory(const TarEntry& entry, const std::string& name)
    {
        const std::uint32_t made_mode = attributes_.mode_on_disk(entry, S_IFDIR) & ~special_bits;
        std::uint32_t mode_now = made_mode;
        bool existed = false;
        const bool hides = create_in_place(name, [&] {
            if (::mkdirat(here_.fd(), name.c_str(), made_mode) == 0)
                return 0;
            if (errno != EEXIST || !is_directory(here_.fd(), name))
                return -1;
            existed = true;
            mode_now = ~0U;
            return 0;
        });
        UniqueFd fd{::openat(here_.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!fd)
            fail("opening it");
        if (hides)
            make_opaque(fd.get());
        if (existed)
            attributes_.change_owner(fd.get(), entry);
        if (existed && options_.single_id)
            (void)::fremovexattr(fd.get(), override_xattr); // an earlier entry's
        if (here_.is_setgid())
            mode_now = ~0U; // the new directory has inherited the bit
        attributes_.set(fd.get(), entry, S_IFDIR, mode_now, here_.is_setgid());
        struct stat status
        {
        };
        status.st_mode = entry.mode;
        here_.push(name, std::move(fd), status);
        here_.set_time(to_timespec(entry.modified)); // when it is left: making its files would change it
    }

    void apply_root(const TarEntry& entry)
    {
        if (entry.type != EntryType::Directory)
            refuse("the root is not a directory");
        here_.enter({}, DirectoryChain::Missing::Fail);
        attributes_.change_owner(here_.fd(), entry);
        attributes_.set(here_.fd(), entry, S_IFDIR, ~0U, here_.is_setgid());
        here_.set_setgid((entry.mode & S_ISGID) != 0);
        here_.set_time(to_timespec(entry.modified));
    }

    void make_symlink(const TarEntry& entry, const std::string& name)
    {
        if (entry.link_target.empty() || entry.link_target.find('\0') != std::string::npos)
            refuse("a link to nothing");
        create_in_place(name, [&] { return ::symlinkat(entry.link_target.c_str(), here_.fd(), name.c_str()); });
        attributes_.set_by_name(here_.fd(), name, entry, here_.is_setgid());
    }

    void make_fifo(const TarEntry& entry, const std::string& name)
    {
        const std::uint32_t mode = attributes_.mode_on_disk(entry, S_IFIFO);
        create_in_place(name, [&] { return ::mknodat(here_.fd(), name.c_str(), S_IFIFO | (mode & 0777U), 0); });
        attributes_.set_by_name(here_.fd(), name, entry, here_.is_setgid());
    }

    // Hard links.

    void make_hard_link(const TarEntry& entry, const std::string& name)
    {
        std::vector<std::string_view> target = split_entry_name(entry.link_target);
        if (target.empty())
            refuse("a hard link to the root");
        if (!options_.plain_tree && meaning_of(target) != NameMeaning::Plain)
            refuse("a hard link to a whiteout");
        if (++links_[entry.link_target] > options_.links_per_file)
            refuse(cat("more than ", options_.links_per_file, " hard links to ", quoted(entry.link_target)));
        const std::string target_name{target.back()};
        target.pop_back();
        struct stat status
        {
        };
        const bool here = targets_.enter(target, DirectoryChain::Missing::Fail) &&
                          ::fstatat(targets_.fd(), target_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (here && is_whiteout_device(status))
            refuse(cat("a hard link to ", quoted(entry.link_target), ", which the layer removed"));
        if (!here) {
            target.push_back(target_name);
            copy_from_lower(entry, target, name);
            return;
        }
        if (S_ISDIR(status.st_mode))
            refuse("a hard link to a directory");
        if (targets_.path() == here_.path() && target_name == name)
            refuse("a hard link to itself");
        create_in_place(name, [&] {
            // Looked up again after something was removed, which may have been the target's directory.
            if (!targets_.enter(target, DirectoryChain::Missing::Fail)) {
                errno = ENOENT;
                return -1;
            }
            return ::linkat(targets_.fd(), target_name.c_str(), here_.fd(), name.c_str(), 0);
        });
    }

    /// M-19. The link's own name gets a copy; more links to the same target are links to that copy.
    void copy_from_lower(const TarEntry& entry, const std::vector<std::string_view>& target, const std::string& name)
    {
        std::string key;
        for (const std::string_view component : target)
            key = cat(key, key.empty() ? "" : "/", component);
        if (const auto copied = copied_.find(key); copied != copied_.end()) {
            TarEntry again = entry;
            again.link_target = copied->second;
            return make_hard_link(again, name);
        }
        const auto file = lower_.find(target);
        if (!file && !options_.has_lower)
            throw NeedsLower{ErrorKind::Failure, cat("entry ", quoted(entry.path), ": a hard link to ",
                                                     quoted(entry.link_target), " of a lower layer")};
        if (!file)
            refuse(cat("a hard link to ", quoted(entry.link_target), ", which does not exist"));
        copy_file(*file, name);
        copied_[key] = cat(here_.path(), name);
    }

    void copy_file(const LayerFile& file, const std::string& name)
    {
        struct stat status
        {
        };
        if (::fstatat(file.directory.get(), file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            fail("looking at the lower file");
        const struct timespec times[2] = {status.st_mtim, status.st_mtim};
        if (S_ISLNK(status.st_mode)) {
            const std::string target = read_link_at(file.directory.get(), file.name);
            create_in_place(name, [&] { return ::symlinkat(target.c_str(), here_.fd(), name.c_str()); });
            if (!options_.single_id &&
                ::fchownat(here_.fd(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
                fail("setting its owner");
            return;
        }
        if (!S_ISREG(status.st_mode))
            refuse("a hard link to something that is no file");
        count_bytes(static_cast<std::uint64_t>(status.st_size));
        const UniqueFd from = open_at(file.directory.get(), file.name, O_RDONLY | O_NOFOLLOW);
        UniqueFd fd;
        create_in_place(name, [&] {
            fd.reset(::openat(here_.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
            return fd ? 0 : -1;
        });
        std::string buffer(256U * 1024U, '\0');
        while (true) {
            const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
            if (got < 0)
                fail("reading the lower file");
            if (got == 0)
                break;
            put(fd.get(), {buffer.data(), static_cast<std::size_t>(got)});
        }
        if (!options_.single_id && ::fchown(fd.get(), status.st_uid, status.st_gid) != 0)
            fail("setting its owner");
        if (::fchmod(fd.get(), status.st_mode & 07777U) != 0)
            fail("setting its mode");
        for (const char* attribute : {override_xattr, "security.capability"}) {
            std::string value(1024, '\0');
            const ssize_t size = ::fgetxattr(from.get(), attribute, value.data(), value.size());
            if (size > 0)
                (void)::fsetxattr(fd.get(), attribute, value.data(), static_cast<std::size_t>(size), 0);
        }
        if (::futimens(fd.get(), times) != 0)
            fail("setting its time");
    }

    // Removals (R42). What this layer has made itself stays; only what is below goes.

    void apply_opaque(const TarEntry& entry)
    {
        if (entry.type != EntryType::Regular || entry.size != 0)
            refuse("a mark of an opaque directory that is no empty file");
        make_opaque(here_.fd());
        here_.touch();
    }

    void apply_whiteout(const TarEntry& entry, const std::string& name)
    {
        // Docker on AUFS wrote its whiteouts as hard links to each other.
        const auto links_to_whiteout = [&] {
            const std::vector<std::string_view> target = split_entry_name(entry.link_target);
            return !target.empty() && target.back().starts_with(whiteout_prefix);
        };
        if (entry.type != EntryType::Regular && !(entry.type == EntryType::HardLink && links_to_whiteout()))
            refuse("a whiteout that is no file");
        struct stat status
        {
        };
        if (::fstatat(here_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISDIR(status.st_mode))
                make_opaque(open_at(here_.fd(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get());
            return; // anything else hides what is below anyway
        }
        if (errno != ENOENT)
            fail("looking at what it removes");
        here_.touch();
        if (make_whiteout(here_.fd(), name) == WhiteoutForm::File)
            whiteout_files_ = true;
        here_.expect_whiteout_files(whiteout_files_);
    }

    TarReader& reader_;
    TarSplitWriter* tar_split_;
    const UnpackOptions& options_;
    DirectoryChain here_;
    DirectoryChain targets_; ///< of hard links
    LayerStack lower_;
    UnpackSummary summary_;
    UnpackWarnings warnings_;
    AttributeWriter attributes_;
    std::vector<std::string_view> components_;
    std::map<std::string, std::uint32_t> links_;
    std::map<std::string, std::string> copied_;
    bool whiteout_files_ = false;
};

/// fuse-overlayfs looks for the attributes of a layer where it finds one on its root, which not every archive has.
void describe_root(int root)
{
    struct stat status
    {
    };
    if (::fstat(root, &status) != 0)
        throw Error{errno, "looking at the layer's root"};
    const std::string truth = make_override({0, 0, status.st_mode & 07777U}, S_IFDIR);
    if (::fsetxattr(root, override_xattr, truth.data(), truth.size(), XATTR_CREATE) != 0 && errno != EEXIST)
        log::debug(cat("setting an attribute: ", errno_text(errno), "; ignored"));
}

} // namespace

UnpackSummary unpack(TarReader& reader, int root, TarSplitWriter* tar_split, const UnpackOptions& options)
{
    UnpackSummary summary = Unpacker{reader, root, tar_split, options}.run();
    if (options.single_id && options.for_others)
        describe_root(root);
    return summary;
}

} // namespace skiff::archive
