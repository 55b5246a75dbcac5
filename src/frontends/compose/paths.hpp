#pragma once

#include <string>

namespace skiff::compose {

/// An absolute path without "." and ".."; `directory` in front of relative ones, `home` for "~".
std::string resolve_path(const std::string& path, const std::string& directory, const std::string& home);

/// A build context that is no directory: a URL, git@...
bool is_remote_context(const std::string& context);

std::string directory_of(const std::string& path); ///< "." without a slash

} // namespace skiff::compose
