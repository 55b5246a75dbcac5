// Is a layer still what was unpacked? A forked child makes the archive again from the files and what was kept of it, and this
// process reads the archive as a stranger's: it hashes it, and keeps a list of what must be there. The list is then held
// against the directory.
//
// Archives that lead entries through links of their own are hashed all the same; but what must be where is not guessed for
// them: a repair that trusts a wrong guess would remove a sound image.

#include "archive/entry_name.hpp"
#include "archive/file_attributes.hpp"
#include "archive/stream.hpp"
#include "archive/tar_reader.hpp"
#include "archive/tar_split.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "store/check.hpp"

#include <csignal>
#include <dirent.h>
#include <map>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::store {
namespace {

constexpr std::size_t most_complaints = 10; ///< of one layer: who has seen ten knows enough

struct Wanted
{
    archive::EntryType type = archive::EntryType::Directory;
    std::uint32_t uid = 0, gid = 0, mode = 0;
    std::uint64_t size = 0;  ///< of a regular file
    bool is_implied = false; ///< a parent without an entry: owner and mode are not told
    bool is_whiteout = false;
};

class Inventory
{
  public:
    void add(const archive::TarEntry& entry)
    {
        std::vector<std::string_view> name = archive::split_entry_name(entry.path);
        const archive::NameMeaning meaning = archive::meaning_of(name);
        if (meaning == archive::NameMeaning::Ignored || meaning == archive::NameMeaning::Opaque || name.empty() ||
            entry.type == archive::EntryType::Other)
            return;
        std::string path;
        for (std::size_t i = 0; i + 1 < name.size(); ++i) {
            path += cat(path.empty() ? "" : "/", name[i]);
            const auto [parent, is_new] = wanted_.try_emplace(path, Wanted{.is_implied = true});
            if (!is_new && parent->second.type != archive::EntryType::Directory)
                is_exact_ = false;
        }
        const std::string_view last = name.back();
        const bool whiteout = meaning == archive::NameMeaning::Whiteout;
        path += cat(path.empty() ? "" : "/", whiteout ? last.substr(4) : last);
        put(path, make_wanted(entry, whiteout));
    }

    [[nodiscard]] bool is_exact() const { return is_exact_; }
    std::map<std::string, Wanted>& wanted() { return wanted_; }

  private:
    Wanted make_wanted(const archive::TarEntry& entry, bool whiteout)
    {
        if (entry.type != archive::EntryType::HardLink || whiteout)
            return {entry.type, entry.uid, entry.gid, entry.mode, entry.size, false, whiteout};
        std::string target;
        for (const std::string_view component : archive::split_entry_name(entry.link_target))
            target += cat(target.empty() ? "" : "/", component);
        const auto found = wanted_.find(target);
        if (found != wanted_.end() && !found->second.is_whiteout)
            return found->second;
        is_exact_ = false; // of a lower layer, or through links
        return {};
    }

    void put(const std::string& path, Wanted wanted)
    {
        const auto before = wanted_.find(path);
        if (before != wanted_.end() && before->second.type == archive::EntryType::Directory &&
            wanted.type != archive::EntryType::Directory)
            is_exact_ = false; // a tree was replaced
        if (before != wanted_.end() && (before->second.is_whiteout || wanted.is_whiteout))
            is_exact_ = false; // removed and made in one layer
        wanted_[path] = wanted;
    }

    std::map<std::string, Wanted> wanted_;
    bool is_exact_ = true;
};

class Comparison
{
  public:
    Comparison(Inventory& inventory, bool one_id) : wanted_{inventory.wanted()}, one_id_{one_id} {}

    void walk(int dir, const std::string& path)
    {
        for (const DirectoryEntry& entry : list_directory(dir)) {
            if (problems_.size() >= most_complaints)
                return;
            if (entry.name == ".wh..wh..opq")
                continue;
            struct stat status
            {
            };
            if (::fstatat(dir, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
                throw Error{errno, cat("looking at ", quoted(entry.name))};
            const bool marker = entry.name.starts_with(".wh.");
            const std::string name = marker ? entry.name.substr(4) : entry.name;
            const std::string here = path.empty() ? name : cat(path, "/", name);
            compare(here, status, marker || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)));
            if (S_ISDIR(status.st_mode))
                walk(open_at(dir, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get(), here);
        }
    }

    std::vector<std::string> finish()
    {
        for (const auto& [path, wanted] : wanted_)
            if (problems_.size() < most_complaints && wanted.type != archive::EntryType::CharDevice &&
                wanted.type != archive::EntryType::BlockDevice) // no user can make these
                complain(path, "is missing");
        return std::move(problems_);
    }

  private:
    void complain(const std::string& path, const std::string& what)
    {
        problems_.push_back(cat("content modified: ", quoted(path), " ", what));
    }

    void compare(const std::string& path, const struct stat& status, bool is_whiteout)
    {
        const auto found = wanted_.find(path);
        if (found == wanted_.end())
            return complain(path, "was added");
        const Wanted wanted = found->second;
        wanted_.erase(found);
        if (is_whiteout != wanted.is_whiteout || (!is_whiteout && type_of(status.st_mode) != wanted.type))
            return complain(path, "is of another type");
        if (S_ISREG(status.st_mode) && !is_whiteout && static_cast<std::uint64_t>(status.st_size) != wanted.size)
            return complain(path, cat("has ", status.st_size, " bytes and not ", wanted.size));
        if (is_whiteout || wanted.is_implied || one_id_)
            return;
        if (status.st_uid != wanted.uid || status.st_gid != wanted.gid)
            complain(path, cat("belongs to ", status.st_uid, ":", status.st_gid, " and not to ", wanted.uid, ":", wanted.gid));
        else if (!S_ISLNK(status.st_mode) && (status.st_mode & 07777U) != wanted.mode)
            complain(path, "has other permissions");
    }

    static archive::EntryType type_of(mode_t mode)
    {
        switch (mode & S_IFMT) {
        case S_IFDIR:
            return archive::EntryType::Directory;
        case S_IFLNK:
            return archive::EntryType::Symlink;
        case S_IFCHR:
            return archive::EntryType::CharDevice;
        case S_IFBLK:
            return archive::EntryType::BlockDevice;
        case S_IFIFO:
            return archive::EntryType::Fifo;
        default:
            return archive::EntryType::Regular;
        }
    }

    std::map<std::string, Wanted>& wanted_;
    bool one_id_;
    std::vector<std::string> problems_;
};

/// The archive made again, as the output of a child; its words are what rebuild_tar complained about.
class Rebuilding
{
  public:
    explicit Rebuilding(int layer_dir)
    {
        auto [data_out, data_in] = make_pipe();
        auto [words_out, words_in] = make_pipe();
        pid_ = ::fork();
        if (pid_ < 0)
            throw Error{errno, "starting a process"};
        if (pid_ == 0) {
            ::signal(SIGPIPE, SIG_DFL);
            rebuild(layer_dir, data_in.get(), words_in.get());
        }
        data_ = std::move(data_out);
        words_ = std::move(words_out);
    }
    Rebuilding(const Rebuilding&) = delete;
    Rebuilding& operator=(const Rebuilding&) = delete;
    ~Rebuilding()
    {
        if (pid_ > 0)
            (void)finish();
    }

    [[nodiscard]] int data() const { return data_.get(); }
    /// The complaint; empty: none.
    std::string finish()
    {
        data_.reset();
        std::string words = read_all(words_.get(), 64U << 10U, "pipe");
        int status = 0;
        while (::waitpid(std::exchange(pid_, -1), &status, 0) < 0 && errno == EINTR) {
        }
        return words;
    }

  private:
    static std::pair<UniqueFd, UniqueFd> make_pipe()
    {
        int fds[2]; // NOLINT: filled by pipe2
        if (::pipe2(fds, O_CLOEXEC) != 0)
            throw Error{errno, "making a pipe"};
        return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
    }

    [[noreturn]] static void rebuild(int layer_dir, int data, int words)
    {
        try {
            const UniqueFd split = open_at(layer_dir, "tar-split.zst", O_RDONLY | O_NOFOLLOW);
            const UniqueFd diff = open_at(layer_dir, "diff", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            archive::FdSink sink{data};
            archive::rebuild_tar(split.get(), diff.get(), sink);
        } catch (const Error& error) {
            (void)!::write(words, error.message().data(), error.message().size());
        }
        ::_exit(0);
    }

    pid_t pid_ = -1;
    UniqueFd data_, words_;
};

} // namespace

std::vector<std::string> check_layer_content(int layer_dir, const std::string& diff_id, bool one_id)
{
    Rebuilding rebuilding{layer_dir};
    archive::FdSource data{rebuilding.data()};
    archive::HashingSource hashed{data};
    archive::BufferedChunks chunks{hashed};
    Inventory inventory;
    std::string unreadable;
    try {
        archive::TarReader reader{chunks};
        while (const archive::TarEntry* entry = reader.next())
            inventory.add(*entry);
    } catch (const Error& error) {
        unreadable = error.message();
    }
    if (const std::string complaint = rebuilding.finish(); !complaint.empty())
        return {cat("content modified: ", complaint)};
    if (!unreadable.empty())
        return {cat("checksum failed: the archive made from it cannot be read: ", unreadable)};
    if (const std::string digest = hashed.finish_digest(); digest != diff_id)
        return {cat("checksum failed: the archive made from it is ", digest, " and not ", diff_id)};
    if (!inventory.is_exact())
        return {};
    Comparison comparison{inventory, one_id};
    comparison.walk(open_at(layer_dir, "diff", O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get(), "");
    return comparison.finish();
}

} // namespace skiff::store
