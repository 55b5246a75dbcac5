#pragma once

#include "cli/values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct VolumeCreateArgs
{
    std::vector<std::string> names; ///< none: one is invented
    std::string driver = "local";
    std::vector<std::string> label_words;
    std::vector<std::string> option_words;
    bool ignore = false; ///< an existing one is no error
    std::optional<std::uint32_t> uid, gid;

    // Complete when the command's function runs:
    std::map<std::string, std::string> labels, options;
};

struct VolumeListArgs
{
    std::vector<Filter> filters;
    std::string format;
    bool no_heading = false;
    bool quiet = false;
};

struct VolumeRemoveArgs
{
    std::vector<std::string> names;
    bool all = false;
    bool force = false; ///< also when containers use it: they are removed, too
    std::optional<std::uint32_t> timeout_s;
};

struct VolumeExportArgs
{
    std::vector<std::string> names; ///< one
    std::string output;             ///< empty: standard output
};

struct VolumeImportArgs
{
    std::vector<std::string> words; ///< the volume and the archive; "-" or none: standard input
};

struct VolumeNamesArgs ///< exists, mount, unmount
{
    std::vector<std::string> names;
};

} // namespace skiff::cli
