#pragma once

#include "model/create_request.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace skiff::engine {

/// A file that comes with its content is smaller.
constexpr std::size_t private_file_limit_bytes = 8U << 20U;

/// What a new container gets and nobody else may see.
struct PrivateContent
{
    std::vector<PrivateItem> items;    ///< for its record
    std::vector<std::string> contents; ///< of the items, for its directory
};

/// The secrets and files of `request`. `mounts` are those that the container has: two things on one place are refused.
/// Throws `no secret with name or id "X": no such secret`, `TARGET: duplicate mount destination`.
PrivateContent collect_private_content(const store::Store& store, const CreateRequest& request,
                                       const std::vector<MountConfig>& mounts);

} // namespace skiff::engine
