#pragma once

#include "archive/tree_writer.hpp"
#include "build/mode_change.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::build {

struct CopyOwner
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// Where files go to, and as what.
struct CopyTarget
{
    enum class Owners
    {
        Set,
        Note, ///< where only one id is mapped: owners and modes are noted in attributes
        Ours, ///< they mean nothing: whoever made the directory can remove the files
    };
    int root = -1;           ///< borrowed: the stage's tree, mounted; or, for --link, an empty one
    std::string destination; ///< absolute; ends in '/' when it names a directory
    CopyOwner owner;
    std::optional<ModeChange> mode; ///< nothing: as in the source
    Owners owners = Owners::Set;
    bool follow_links = true;       ///< in the target's tree; false for --link
    bool sources_are_layers = false; ///< owners and modes may be in attributes (single-id mode)
};

/// Whether the destination is a directory already.
bool leads_to_directory(const CopyTarget& target);

/// "/a/b/" as entries name it: "a/b"; empty for the root.
std::string destination_of(const CopyTarget& target);

/// "a", "b" → "a/b"; either may be empty.
std::string join_names(std::string_view directory, std::string_view name);

archive::TreeWriterOptions make_writer_options(const CopyTarget& target);

/// What a new file's time is.
archive::EntryTime now();

/// Makes the directory `path` (as entries name it), which is missing, with the owner of the copy.
void make_destination(archive::TreeWriter& writer, const CopyTarget& target, const std::string& path);

} // namespace skiff::build
