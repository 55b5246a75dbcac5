#pragma once

#include "build/containerfile.hpp"
#include "build/variables.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Which stages need which. Stages only need earlier ones, so there is no circle.
namespace skiff::build {

struct StageNeeds
{
    std::string base_name;           ///< FROM's image, variables filled in
    std::optional<std::size_t> base; ///< when that is an earlier stage
    /// All stages whose result it uses: its base, COPY --from, RUN --mount from. What stands behind a variable of the stage
    /// or in a base image's ONBUILD is not among them: it is found out on the way.
    std::set<std::size_t> stages;
};

/// For each stage. Throws Error(Failure) "FILE:LINE: ..." when a FROM line comes to nothing.
std::vector<StageNeeds> stage_needs(const Containerfile& file, const GlobalArgs& args);

/// `target` and all that it needs, directly or not.
std::set<std::size_t> needed_stages(const std::vector<StageNeeds>& needs, std::size_t target);

} // namespace skiff::build
