#pragma once

#include "build/copy_target.hpp"
#include "build/source_tree.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// COPY and ADD, from one tree to another.
namespace skiff::build {

struct CopyResult
{
    std::uint64_t files = 0;    ///< entries made
    std::uint64_t left_out = 0; ///< sockets and devices
};

/// Copies what was selected. Owners become the target's, times and extended attributes stay. A directory's contents go into
/// the destination; a file takes the destination's name unless that is a directory. Throws when a file would replace a
/// directory, or the other way round.
CopyResult copy_sources(const SourceTree& tree, const SourceSelection& selection, const std::vector<SelectedSource>& sources, const CopyTarget& target);

/// A file that stands in the Containerfile, or comes from elsewhere as bytes.
struct NewFile
{
    std::string name;
    std::uint32_t mode = 0644;
    std::optional<std::int64_t> modified_s; ///< nothing: now
};
/// `content` is called with a function that takes the bytes; `size` of them must come.
void copy_new_file(const NewFile& file, std::uint64_t size, const std::function<void(const std::function<void(std::string_view)>& write)>& content, const CopyTarget& target);

} // namespace skiff::build
