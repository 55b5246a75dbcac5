#pragma once

#include "base/unique_fd.hpp"
#include "model/id_map.hpp"

#include <string>
#include <utility>
#include <vector>

namespace skiff::runtime {

/// A detached tmpfs that begins with a copy of the directory `source` (option tmpcopyup), and with its owner and mode
/// unless `options` ("size", "mode" ...) say otherwise. Ids in the options count in `map`, when there is one.
UniqueFd make_tmpfs_copy(int source, const std::vector<std::pair<std::string, std::string>>& options, const IdMap& map);

} // namespace skiff::runtime
