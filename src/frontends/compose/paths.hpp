#pragma once

#include <string>

namespace skiff::compose {

/// An absolute path without "." and ".."; `directory` in front of relative ones, `home` for "~".
std::string resolve_path(const std::string& path, const std::string& directory, const std::string& home);

std::string directory_of(const std::string& path); ///< "." without a slash

} // namespace skiff::compose
