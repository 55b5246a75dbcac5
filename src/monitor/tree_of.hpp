#pragma once

#include "base/unique_fd.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>

namespace skiff::monitor {

/// Asks the monitor of another container for a detached clone of the mount at `path`, as that container sees it now.
/// Nothing when it does not run, or its monitor does not give it within a few seconds.
std::optional<UniqueFd> find_tree_of(const store::Store& store, const std::string& container, const std::string& path);

} // namespace skiff::monitor
