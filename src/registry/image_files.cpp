#include "registry/image_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::registry {
namespace {

class DirectoryFiles final : public ImageFiles
{
  public:
    explicit DirectoryFiles(const std::string& path) : root_{open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY)} {}

    [[nodiscard]] std::optional<FilePiece> find(const std::string& path) const override
    {
        auto file = find_beneath(root_.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (!file)
            return std::nullopt;
        struct stat status
        {
        };
        if (::fstat(file->get(), &status) != 0)
            throw Error{errno, cat("looking at ", skiff::quoted(path))};
        if (!S_ISREG(status.st_mode))
            throw Error{ErrorKind::Failure, cat(skiff::quoted(path), " is not a regular file")};
        return FilePiece{std::make_shared<const UniqueFd>(std::move(*file)), 0,
                         static_cast<std::uint64_t>(status.st_size)};
    }

  private:
    UniqueFd root_;
};

} // namespace

std::string read_piece(const FilePiece& piece, std::size_t limit, const std::string& name)
{
    if (piece.size > limit)
        throw Error{ErrorKind::Failure, cat("reading ", skiff::quoted(name), ": larger than ", limit, " bytes")};
    std::string data(piece.size, '\0');
    for (std::size_t done = 0; done < data.size();) {
        const ssize_t got =
            ::pread(piece.file->get(), data.data() + done, data.size() - done, static_cast<off_t>(piece.offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("reading ", skiff::quoted(name))};
        if (got == 0)
            throw Error{ErrorKind::Failure, cat("reading ", skiff::quoted(name), ": unexpected EOF")};
        done += static_cast<std::size_t>(got);
    }
    return data;
}

std::string ImageFiles::read(const std::string& path, std::size_t limit) const
{
    const auto piece = find(path);
    if (!piece)
        throw Error{ENOENT, cat("opening ", skiff::quoted(path))};
    return read_piece(*piece, limit, path);
}

std::shared_ptr<const ImageFiles> open_directory_files(const std::string& path)
{
    return std::make_shared<const DirectoryFiles>(path);
}

} // namespace skiff::registry
