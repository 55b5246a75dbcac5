#pragma once

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// One end of `cp`.
struct CopyPlace
{
    std::optional<std::string> container; ///< nothing: on the host
    std::string path;                     ///< "-" on the host: standard input or output, a tar stream
};

struct CopyArgs
{
    std::vector<std::string> words;
    bool archive = true; ///< owners become those of the container's user
    bool overwrite = false;
    bool follow_link = false; ///< Docker's -L
    bool quiet = false;

    CopyPlace from, to; ///< complete when the command's function runs
};

struct ExportArgs
{
    std::vector<std::string> names; ///< one
    std::string output;             ///< empty: standard output
};

struct DiffArgs ///< diff, container diff, image diff
{
    std::vector<std::string> names; ///< one, or two to compare
    bool latest = false;
    std::string format; ///< "" or "json"
    enum class Of
    {
        Any,
        Containers,
        Images
    } of = Of::Any;
};

} // namespace skiff::cli
