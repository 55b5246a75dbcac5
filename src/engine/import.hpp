#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

struct ImportRequest
{
    std::string archive;              ///< a path or http(s) address; "-": standard input
    std::string name;                 ///< of the image; empty: it gets none
    std::vector<std::string> changes; ///< as image_changes.hpp reads them
    std::string message;
    std::string architecture, os, variant; ///< empty: this machine's
};

/// Makes an image of one layer, the files of an archive (compressed or not). Returns its id.
std::string import_image(Engine& engine, const ImportRequest& request, Progress& progress);

} // namespace skiff::engine
