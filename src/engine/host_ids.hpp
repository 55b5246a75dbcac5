#pragma once

#include "model/create_request.hpp"

namespace skiff::engine {

/// --uidmap CONTAINER:@FROM:AMOUNT counts FROM on the host. The same request with all of them counting in the shared
/// namespace, which has the map `shared`. Throws Error(Usage) for ids that this user does not have.
UsernsRequest resolve_host_ids(UsernsRequest request, const IdMap& shared);

} // namespace skiff::engine
