#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace skiff::registry {

/// A part of an open file: one file of an image on disk, wherever it is kept.
struct FilePiece
{
    std::shared_ptr<const UniqueFd> file;
    std::uint64_t offset = 0; ///< bytes
    std::uint64_t size = 0;
};

/// Everything in the piece; more than `limit` bytes is an Error.
std::string read_piece(const FilePiece& piece, std::size_t limit, const std::string& name);

/// The named files that an image on disk consists of: a directory, or a tar archive that is read like one.
class ImageFiles
{
  public:
    virtual ~ImageFiles() = default;
    /// Links are followed, never out of the directory or archive.
    [[nodiscard]] virtual std::optional<FilePiece> find(const std::string& path) const = 0;
    /// The content of a small file. Throws when it is not there.
    [[nodiscard]] std::string read(const std::string& path, std::size_t limit) const;
};

std::shared_ptr<const ImageFiles> open_directory_files(const std::string& path);

} // namespace skiff::registry
