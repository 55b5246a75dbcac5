#pragma once

#include <string>
#include <string_view>

namespace skiff::cli {

/// The script that makes a shell ask `PROGRAM __complete`. Throws Error(Usage) for shells we have none for.
std::string make_completion_script(std::string_view shell, std::string_view program, bool descriptions);

} // namespace skiff::cli
