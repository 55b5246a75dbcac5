#pragma once

#include <string>

namespace skiff::engine {

/// "brave_kepler": an adjective and somebody who found something out. Not unique by itself; the store's reservation decides.
std::string make_random_name();

} // namespace skiff::engine
