#pragma once

#include <cstdlib>

/// For fuzz targets: what must hold for every input. Stops the program, which is how libFuzzer and the replay learn of
/// it.
inline void require(bool holds)
{
    if (!holds)
        std::abort();
}
