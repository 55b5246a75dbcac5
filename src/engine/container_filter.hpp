#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <functional>
#include <string>
#include <vector>

namespace skiff::engine {

using ContainerPredicate = std::function<bool(const store::ContainerRecord&)>;

/// The filters of ps, rm, start, stop, prune ... as one question. Containers of builds never fit: they are the builds' own. Throws Error(Usage) for keys and values that do not exist:
/// "foo is an invalid filter", "unknown container state: x: invalid argument".
ContainerPredicate make_container_filter(Engine& engine, const std::vector<Filter>& filters);

} // namespace skiff::engine
