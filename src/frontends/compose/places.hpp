#pragma once

#include "frontends/compose/load.hpp"

namespace skiff::compose {

/// Which files make the project, its directory, and its variables: options go before COMPOSE_ variables, those of the process before
/// those of .env, and all before what is found in the working directory and above. Fills in the `document` so far.
void find_places(const World& world, const LoadRequest& request, Document& document);

} // namespace skiff::compose
