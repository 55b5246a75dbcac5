#pragma once

#include <string>

namespace skiff {

/// One --filter KEY=VALUE or KEY!=VALUE. Different keys must all hold; of the same key one is enough.
struct Filter
{
    std::string key;
    std::string value;
    bool negated = false; ///< KEY!=VALUE
};

} // namespace skiff
