#pragma once

#include "cli/command.hpp"
#include "frontends/compose/project.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

/// What `compose build` changes of all builds.
struct BuildChanges
{
    bool no_cache = false, pull = false;
    std::vector<std::string> arguments, ssh;
    std::string memory;
    bool check = false; ///< only that: nothing is built
};

/// The build of a service in the words of `skiff build`. Throws for keys that have no option.
std::vector<std::string> make_build_words(const compose::Project& project, const compose::Service& service, const BuildChanges& changes);

/// Builds it, in a worker. Throws when the build fails. What the build says is on standard output, its warnings and errors are on
/// standard error.
void run_build(const Invocation& invocation, const compose::Project& project, const compose::Service& service, const BuildChanges& changes);

} // namespace skiff::cli
