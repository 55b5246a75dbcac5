#include "cli/suggest.hpp"

namespace skiff::cli {

std::string suggest_command(std::string_view, std::string_view, std::string_view) { return {}; }
std::string suggest_option(const Command*, std::string_view) { return {}; }

} // namespace skiff::cli
