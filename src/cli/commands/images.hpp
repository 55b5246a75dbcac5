#pragma once

#include "cli/values.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

struct ImagesArgs
{
    std::vector<std::string> names; ///< none, or one: only images of that name
    bool all = false;               ///< intermediate ones, too
    bool digests = false;
    bool history = false; ///< show the names it had
    bool no_trunc = false;
    bool no_heading = false;
    bool quiet = false;
    std::string format, sort = "created";
    std::vector<Filter> filters;
};

struct HistoryArgs
{
    std::vector<std::string> images; ///< one
    bool human = true;
    bool no_trunc = false;
    bool quiet = false;
    std::string format;
};

struct TagArgs ///< tag: the image and its new names; untag: the image and the names to drop (none: all)
{
    std::vector<std::string> names;
};

struct RemoveImagesArgs
{
    std::vector<std::string> images;
    bool all = false;
    bool force = false;
    bool ignore = false;
    bool no_prune = false; ///< keep parents that nothing else needs
};

struct ImageExistsArgs
{
    std::vector<std::string> images; ///< one
};

} // namespace skiff::cli
