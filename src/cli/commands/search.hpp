#pragma once

#include "engine/search.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

struct SearchArgs
{
    std::vector<std::string> terms; ///< one
    engine::SearchRequest request;
    std::vector<std::string> filters;
    std::string format;
    int limit = 0; ///< 0: 25
    bool compatible = false;
    bool no_trunc = false;
};

} // namespace skiff::cli
