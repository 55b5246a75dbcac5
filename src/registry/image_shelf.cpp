#include "registry/image_shelf.hpp"

#include "archive/tar_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "registry/tar_files.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace skiff::registry {
namespace {

void report(const OutgoingBlob& blob, std::uint64_t done)
{
    if (blob.progress)
        blob.progress(done);
}

/// Reads a blob to its end and compares it with what was promised.
BlobFacts drain(const OutgoingBlob& blob, const std::function<void(std::string_view)>& sink)
{
    const auto reader = blob.open(0);
    std::uint64_t done = 0;
    copy_blob(*reader, [&](std::string_view piece) {
        if (blob.known && piece.size() > blob.known->size - done)
            throw Error{ErrorKind::Failure, cat("blob ", blob.known->digest.text(), " has more than ",
                                                blob.known->size, " bytes")};
        sink(piece);
        done += piece.size();
        report(blob, done);
    });
    const BlobFacts facts = reader->finish();
    if (blob.known && (facts.digest != blob.known->digest || done != blob.known->size))
        throw Error{ErrorKind::Failure, cat("blob ", blob.known->digest.text(), " became ", facts.digest.text(), ", ",
                                            done, " instead of ", blob.known->size, " bytes")};
    return facts;
}

class TarShelf final : public ImageShelf
{
  public:
    TarShelf(std::unique_ptr<OutputFile> output, std::string temp_dir)
        : output_{std::move(output)}, temp_dir_{std::move(temp_dir)}, sink_{output_->fd()}, writer_{sink_}
    {
    }

    [[nodiscard]] bool has(const std::string& path) override
    {
        const std::lock_guard guard{mutex_};
        return paths_.contains(path);
    }

    BlobFacts put(const OutgoingBlob& blob, const PathOf& path_of) override
    {
        if (!blob.known)
            return put_by_way_of_a_file(blob, path_of);
        const std::lock_guard guard{mutex_};
        if (!begin(path_of(blob.known->digest), blob.known->size))
            return *blob.known;
        return drain(blob, [&](std::string_view piece) { writer_.content(piece); });
    }

    void put_text(const std::string& path, const std::string& text) override
    {
        const std::lock_guard guard{mutex_};
        if (begin(path, text.size()))
            writer_.content(text);
    }

    void commit() override
    {
        const std::lock_guard guard{mutex_};
        writer_.finish();
        sink_.finish();
        output_->commit();
    }

  private:
    BlobFacts put_by_way_of_a_file(const OutgoingBlob& blob, const PathOf& path_of)
    {
        const UniqueFd file = open_temporary_file(temp_dir_);
        const BlobFacts facts =
            drain(blob, [&](std::string_view piece) { write_all(file.get(), piece, "a temporary file"); });
        if (::lseek(file.get(), 0, SEEK_SET) != 0)
            throw Error{errno, "reading a temporary file"};
        const std::lock_guard guard{mutex_};
        if (!begin(path_of(facts.digest), facts.size))
            return facts;
        archive::FdSource source{file.get()};
        std::vector<char> buffer(256U << 10U);
        while (const std::size_t size = source.read(buffer.data(), buffer.size()))
            writer_.content({buffer.data(), size});
        return facts;
    }

    /// False: it is there already.
    bool begin(const std::string& path, std::uint64_t size)
    {
        if (!paths_.insert(path).second)
            return false;
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            if (const std::string directory = path.substr(0, slash); directories_.insert(directory).second) {
                archive::TarEntry entry;
                entry.type = archive::EntryType::Directory;
                entry.path = directory;
                entry.mode = 0755;
                writer_.add(entry);
            }
        archive::TarEntry entry;
        entry.path = path;
        entry.mode = 0644;
        entry.size = size;
        writer_.add(entry);
        return true;
    }

    std::unique_ptr<OutputFile> output_;
    std::string temp_dir_;
    std::mutex mutex_;
    archive::FdSink sink_;
    archive::TarWriter writer_;
    std::set<std::string> paths_;
    std::set<std::string> directories_;
};

class DirectoryShelf final : public ImageShelf
{
  public:
    explicit DirectoryShelf(const std::string& path) : path_{path}
    {
        if (::mkdir(path.c_str(), 0755) == 0)
            made_directories_.push_back({});
        else if (errno != EEXIST)
            throw Error{errno, cat("making the directory ", skiff::quoted(path))};
        dir_ = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    }
    ~DirectoryShelf() override
    {
        if (committed_)
            return;
        for (const std::string& file : made_files_)
            ::unlinkat(dir_.get(), file.c_str(), 0);
        std::reverse(made_directories_.begin(), made_directories_.end());
        for (const std::string& directory : made_directories_)
            if (directory.empty())
                ::rmdir(path_.c_str());
            else
                ::unlinkat(dir_.get(), directory.c_str(), AT_REMOVEDIR);
    }

    [[nodiscard]] bool has(const std::string& path) override { return exists_at(dir_.get(), path); }

    BlobFacts put(const OutgoingBlob& blob, const PathOf& path_of) override
    {
        if (blob.known && has(path_of(blob.known->digest)))
            return *blob.known;
        TemporaryFile file{*this};
        const BlobFacts facts = drain(blob, [&](std::string_view piece) { write_all(file.fd.get(), piece, path_); });
        const std::string path = path_of(facts.digest);
        const std::lock_guard guard{mutex_};
        if (!has(path)) {
            make_parents(path);
            file.rename_to(path);
            made_files_.push_back(path);
        }
        return facts;
    }

    void put_text(const std::string& path, const std::string& text) override
    {
        const std::lock_guard guard{mutex_};
        make_parents(path);
        const bool was_there = has(path);
        TemporaryFile file{*this};
        write_all(file.fd.get(), text, path);
        file.rename_to(path);
        if (!was_there)
            made_files_.push_back(path);
    }

    void commit() override { committed_ = true; }

  private:
    struct TemporaryFile
    {
        explicit TemporaryFile(DirectoryShelf& owner)
            : shelf{owner}, name{cat(".skiff-", random_hex(8))},
              fd{open_at(owner.dir_.get(), name, O_WRONLY | O_CREAT | O_EXCL, 0644)}
        {
        }
        TemporaryFile(const TemporaryFile&) = delete;
        TemporaryFile& operator=(const TemporaryFile&) = delete;
        ~TemporaryFile()
        {
            if (!name.empty())
                ::unlinkat(shelf.dir_.get(), name.c_str(), 0);
        }
        void rename_to(const std::string& path)
        {
            rename_at(shelf.dir_.get(), name, shelf.dir_.get(), path);
            name.clear();
        }
        DirectoryShelf& shelf;
        std::string name;
        UniqueFd fd;
    };

    void make_parents(const std::string& path)
    {
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            const std::string directory = path.substr(0, slash);
            if (::mkdirat(dir_.get(), directory.c_str(), 0755) == 0)
                made_directories_.push_back(directory);
            else if (errno != EEXIST)
                throw Error{errno, cat("making the directory ", skiff::quoted(directory))};
        }
    }

    std::string path_;
    UniqueFd dir_;
    std::mutex mutex_;
    std::vector<std::string> made_files_;
    std::vector<std::string> made_directories_; ///< empty: the directory itself
    bool committed_ = false;
};

} // namespace

std::shared_ptr<ImageShelf> make_tar_shelf(std::unique_ptr<OutputFile> output, std::string temp_dir)
{
    return std::make_shared<TarShelf>(std::move(output), std::move(temp_dir));
}

std::shared_ptr<ImageShelf> make_directory_shelf(const std::string& path)
{
    return std::make_shared<DirectoryShelf>(path);
}

} // namespace skiff::registry
