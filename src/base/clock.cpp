#include "base/clock.hpp"

#include "base/file.hpp"

#include <cstdlib>

namespace skiff {

WallTime wall_now() { return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()); }

const std::string& boot_id()
{
    // Looked up each time, so that one test process can live through several boots.
    static std::string simulated;
    if (const char* id = std::getenv("SKIFF_BOOT_ID")) {
        if (simulated != id)
            simulated = id;
        return simulated;
    }
    static const std::string id = [] {
        std::string text = read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128);
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        return text;
    }();
    return id;
}

} // namespace skiff
