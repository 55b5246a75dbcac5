#pragma once

#include "model/create_request.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

struct PullArgs
{
    std::vector<std::string> images; ///< references, perhaps with a transport in front
    PullPolicy policy = PullPolicy::Always;
    PullOptions options;
    bool all_tags = false;
};

struct LoadArgs
{
    std::string input; ///< empty: standard input
    bool quiet = false;
};

struct ImportArgs
{
    std::vector<std::string> words;   ///< the archive ("-": standard input, or a URL) and perhaps the image's name
    std::vector<std::string> changes; ///< --change, instructions as in a Containerfile
    std::string message;
    std::string architecture, os, variant;
    bool quiet = false;
};

} // namespace skiff::cli
