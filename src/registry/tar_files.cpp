#include "registry/tar_files.hpp"

#include "archive/compression.hpp"
#include "archive/entry_name.hpp"
#include "archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <poll.h>

namespace skiff::registry {
namespace {

constexpr std::size_t chunk_bytes = 512U << 10U;
constexpr std::size_t max_files = 200'000;        ///< an image has a few for each layer
constexpr std::size_t max_name_bytes = 32U << 20U; ///< of all names together: compressed, each costs next to nothing
constexpr std::size_t max_link_bytes = 4096;
constexpr int max_links = 10;

/// Chunks of an archive that know where in the file they stand. The file is one that can be read again later.
class PlacedChunks : public archive::ChunkSource
{
  public:
    /// The place of `part`, which lies in the last chunk.
    [[nodiscard]] std::uint64_t offset_of(std::string_view part) const
    {
        return chunk_offset_ + static_cast<std::uint64_t>(part.data() - chunk_.data());
    }
    /// Nobody will look at the next `size` bytes.
    virtual void skip(std::uint64_t) {}

  protected:
    std::string_view place(std::string_view chunk)
    {
        chunk_offset_ += chunk_.size();
        return chunk_ = chunk;
    }
    [[nodiscard]] std::uint64_t next_offset() const { return chunk_offset_ + chunk_.size(); }

  private:
    std::string_view chunk_;
    std::uint64_t chunk_offset_ = 0;
};

/// A plain archive on disk. Layers are stepped over and not read: the tar reader gets other bytes for them.
class FileChunks final : public PlacedChunks
{
  public:
    FileChunks(int file, std::string shown) : file_{file}, shown_{std::move(shown)}, buffer_(chunk_bytes)
    {
        struct stat status
        {
        };
        if (::fstat(file_, &status) != 0)
            throw Error{errno, cat("looking at ", skiff::quoted(shown_))};
        size_ = static_cast<std::uint64_t>(status.st_size);
    }

    void skip(std::uint64_t size) override { skip_ = size; }

    std::string_view next() override
    {
        const std::uint64_t left = size_ - std::min(size_, next_offset());
        if (const std::uint64_t step = std::min<std::uint64_t>({skip_, left, buffer_.size()}); step > 0) {
            skip_ -= step;
            return place({buffer_.data(), step});
        }
        for (;;) {
            const ssize_t got = ::pread(file_, buffer_.data(), buffer_.size(), static_cast<off_t>(next_offset()));
            if (got >= 0)
                return place({buffer_.data(), static_cast<std::size_t>(got)});
            if (errno != EINTR)
                throw Error{errno, cat("reading ", skiff::quoted(shown_))};
        }
    }

  private:
    int file_;
    std::string shown_;
    std::vector<char> buffer_;
    std::uint64_t size_ = 0;
    std::uint64_t skip_ = 0;
};

/// A stream that is stored while it is read.
class StoredChunks final : public PlacedChunks
{
  public:
    StoredChunks(archive::ByteSource& source, int store) : source_{source}, store_{store}, buffer_(chunk_bytes) {}

    std::string_view next() override
    {
        const std::string_view chunk{buffer_.data(), source_.read(buffer_.data(), buffer_.size())};
        while_doing("storing the archive in a temporary file", [&] { write_all(store_, chunk, "archive"); });
        return place(chunk);
    }

  private:
    archive::ByteSource& source_;
    int store_;
    std::vector<char> buffer_;
};

/// A descriptor that is read until the caller's cancel descriptor becomes readable.
class CancellableSource final : public archive::ByteSource
{
  public:
    CancellableSource(int fd, int cancel_fd) : inner_{fd}, fd_{fd}, cancel_fd_{cancel_fd} {}

    std::size_t read(char* into, std::size_t room) override
    {
        std::array<pollfd, 2> requests{pollfd{fd_, POLLIN, 0}, pollfd{cancel_fd_, POLLIN, 0}}; // poll ignores -1
        while (cancel_fd_ >= 0 && ::poll(requests.data(), requests.size(), -1) < 0 && errno == EINTR) {
        }
        if (requests[1].revents != 0)
            throw Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"};
        return inner_.read(into, room);
    }

  private:
    archive::FdSource inner_;
    int fd_;
    int cancel_fd_;
};

/// "a/./b" and "/a/b" are "a/b". Throws on names that leave the archive (security.md R41).
std::string normal_name(std::string_view name)
{
    std::string normal;
    for (const std::string_view component : archive::split_entry_name(name))
        normal += cat(normal.empty() ? "" : "/", component);
    return normal;
}

/// Where the symlink `name` points, inside the archive. Old `docker save` has "../ID/layer.tar".
std::string follow(const std::string& name, const std::string& target)
{
    std::string path =
        target.starts_with('/') ? "" : name.substr(0, name.rfind('/') == std::string::npos ? 0 : name.rfind('/'));
    std::string_view rest = target;
    while (!rest.empty()) {
        const std::string_view component = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(component.size() + 1, rest.size()));
        if (component == "..")
            path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        else if (!component.empty() && component != ".")
            path += cat(path.empty() ? "" : "/", component);
    }
    return path;
}

class TarFiles final : public ImageFiles
{
  public:
    TarFiles(std::shared_ptr<const UniqueFd> file, PlacedChunks& chunks) : file_{std::move(file)} { index(chunks); }

    [[nodiscard]] std::optional<FilePiece> find(const std::string& path) const override
    {
        std::string name = normal_name(path);
        for (int i = 0; i < max_links; ++i) {
            const auto member = members_.find(name);
            if (member == members_.end())
                return std::nullopt;
            if (!member->second.link)
                return member->second.piece;
            name = *member->second.link;
        }
        throw Error{ErrorKind::Failure, cat(skiff::quoted(path), " is a loop of links")};
    }

  private:
    struct Member
    {
        FilePiece piece;
        std::optional<std::string> link; ///< another member's name
    };

    void index(PlacedChunks& chunks)
    {
        archive::TarReader reader{chunks};
        std::size_t name_bytes = 0;
        while (const archive::TarEntry* entry = reader.next()) {
            if (reader.entries() > max_files)
                throw Error{ErrorKind::Failure, cat("the archive has more than ", max_files, " files in it")};
            if (entry->link_target.size() > max_link_bytes)
                throw Error{ErrorKind::Failure, cat("the link ", skiff::quoted(entry->path), " has more than ", max_link_bytes, " bytes")};
            std::string name = normal_name(entry->path);
            name_bytes += name.size() + entry->link_target.size();
            if (name_bytes > max_name_bytes)
                throw Error{ErrorKind::Failure, cat("the names in the archive have more than ", max_name_bytes, " bytes")};
            if (entry->type == archive::EntryType::Symlink)
                members_[name] = {{}, follow(name, entry->link_target)};
            else if (entry->type == archive::EntryType::HardLink)
                members_[name] = {{}, normal_name(entry->link_target)};
            else if (entry->type == archive::EntryType::Regular && !entry->sparse)
                members_[name] = {place_of(*entry, reader, chunks), std::nullopt};
        }
    }

    FilePiece place_of(const archive::TarEntry& entry, archive::TarReader& reader, PlacedChunks& chunks)
    {
        FilePiece piece{file_, 0, entry.size};
        const std::string_view start = reader.read();
        if (!start.empty())
            piece.offset = chunks.offset_of(start);
        chunks.skip(piece.size - start.size());
        return piece;
    }

    std::shared_ptr<const UniqueFd> file_;
    std::map<std::string, Member> members_;
};

std::shared_ptr<const ImageFiles> store_tar_files(int stream, const std::string& shown, const TransportOptions& options)
{
    auto store = std::make_shared<const UniqueFd>(open_temporary_file(options.temp_dir));
    return while_doing(cat("reading ", skiff::quoted(shown)), [&] {
        CancellableSource source{stream, options.cancel_fd};
        archive::DecompressingSource plain{source};
        StoredChunks chunks{plain, store->get()};
        return std::make_shared<const TarFiles>(store, chunks);
    });
}

} // namespace

UniqueFd open_temporary_file(std::string directory)
{
    if (directory.empty()) {
        const char* variable = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
        directory = variable != nullptr && *variable == '/' ? variable : "/var/tmp";
    }
    UniqueFd file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (file)
        return file;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) // not every file system can
        throw Error{errno, cat("making a temporary file in ", skiff::quoted(directory))}.with_hint(
            "$TMPDIR names another directory for it");
    std::string path = cat(directory, "/skiff-archive.XXXXXX");
    file.reset(::mkostemp(path.data(), O_CLOEXEC));
    if (!file)
        throw Error{errno, cat("making a temporary file in ", skiff::quoted(directory))};
    ::unlink(path.c_str());
    return file;
}

std::shared_ptr<const ImageFiles> open_tar_files(const std::string& path, const TransportOptions& options)
{
    auto file = std::make_shared<const UniqueFd>(open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY));
    std::array<char, 6> magic{};
    const ssize_t got = ::pread(file->get(), magic.data(), magic.size(), 0);
    const bool is_seekable = got >= 0;
    if (!is_seekable && errno != ESPIPE)
        throw Error{errno, cat("reading ", skiff::quoted(path))};
    const std::string_view first{magic.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
    if (!is_seekable || archive::detect_compression(first) != archive::Compression::None)
        return store_tar_files(file->get(), path, options);
    return while_doing(cat("reading ", skiff::quoted(path)), [&] {
        FileChunks chunks{file->get(), path};
        return std::make_shared<const TarFiles>(file, chunks);
    });
}

std::shared_ptr<const ImageFiles> open_tar_files(int stream, const std::string& shown, const TransportOptions& options)
{
    return store_tar_files(stream, shown, options);
}

} // namespace skiff::registry
