#pragma once

#include <string>

namespace skiff::cli {

/// Shows the warning and asks whether to go on; anything but "y" or "yes" on standard input means no.
bool confirm(const std::string& warning);

} // namespace skiff::cli
