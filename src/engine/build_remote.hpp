#pragma once

#include "build/step.hpp"

#include <string>

namespace skiff::engine {

/// A source of COPY or ADD that is no path: an address or a repository. Throws for those: COPY never takes one, and ADD of them is not
/// built yet.
void refuse_remote_source(const build::CopyStep& copy, const std::string& source);

} // namespace skiff::engine
