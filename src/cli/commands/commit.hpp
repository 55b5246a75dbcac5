#pragma once

#include <string>
#include <vector>

namespace skiff::cli {

struct CommitArgs
{
    std::vector<std::string> words; ///< the container, and the name of the image
    std::vector<std::string> changes;
    std::string author, message, config_file, id_file;
    std::string format = "oci"; ///< or "docker"
    bool include_volumes = false;
    bool pause = false;
    bool quiet = false;
    bool squash = false;
};

} // namespace skiff::cli
