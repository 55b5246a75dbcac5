#pragma once

#include "cli/values.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::cli {

struct SecretCreateArgs
{
    std::vector<std::string> words; ///< the name, and a file, "-", or a variable's name
    std::string driver = "file";
    std::vector<std::string> label_words;
    std::vector<std::string> option_words;
    bool from_environment = false;
    bool ignore = false;
    bool replace = false;

    // Complete when the command's function runs:
    std::map<std::string, std::string> labels, options;
};

struct SecretListArgs
{
    std::vector<Filter> filters;
    std::string format;
    bool no_heading = false;
    bool quiet = false;
};

struct SecretInspectArgs
{
    std::vector<std::string> names;
    std::string format;
    bool pretty = false;
    bool show_secret = false;
};

struct SecretRemoveArgs
{
    std::vector<std::string> names;
    bool all = false;
    bool ignore = false; ///< missing ones are no error
};

struct SecretNamesArgs ///< exists
{
    std::vector<std::string> names;
};

} // namespace skiff::cli
