#pragma once

#include "build/mode_change.hpp"
#include "build/source_tree.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// COPY and ADD, from one tree to another.
namespace skiff::build {

struct CopyOwner
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// Where files go to, and as what.
struct CopyTarget
{
    int root = -1;           ///< borrowed: the stage's tree, mounted; or, for --link, an empty one
    std::string destination; ///< absolute; ends in '/' when it names a directory
    CopyOwner owner;
    std::optional<ModeChange> mode; ///< nothing: as in the source
    bool set_owners = true;         ///< false where only one id is mapped: owners and modes are noted in attributes
    bool follow_links = true;       ///< in the target's tree; false for --link
    bool sources_are_layers = false; ///< owners and modes may be in attributes (single-id mode)
};

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

/// What ADD does with a local archive. False when `fd` is none (by its content): then nothing has happened.
bool add_archive(int fd, const CopyTarget& target, const std::optional<CopyOwner>& owner);

} // namespace skiff::build
