#pragma once

#include "base/unique_fd.hpp"

#include <functional>
#include <vector>

namespace skiff::net {

/// Does `work` in a short-lived child, which may enter namespaces without ever coming back; what it returns comes over to us,
/// and so does an Error. The caller must be single-threaded.
std::vector<UniqueFd> do_in_child(const std::function<std::vector<UniqueFd>()>& work);

/// setns(CLONE_NEWNET), for such work.
void enter_network_namespace(int namespace_fd);

} // namespace skiff::net
