#pragma once

#include "cli/command.hpp"
#include "cli/commands/push.hpp"

namespace skiff::cli {

extern const OptionGroup format_options;  ///< of FormatArgs: --format, --compression-format and friends
extern const OptionGroup signing_options; ///< known and refused: of any struct

/// Writes a digest to the file that --digestfile names; does nothing without a name.
void save_digest(const std::string& path, const std::string& digest);

} // namespace skiff::cli
