#pragma once

#include "frontends/compose/canonical.hpp"
#include "frontends/compose/interpolate.hpp"
#include "frontends/compose/node.hpp"
#include "frontends/compose/world.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::compose {

/// The options in front of the command, and what `config` wants to see unfinished.
struct LoadRequest
{
    std::vector<std::string> files;     ///< -f; empty: COMPOSE_FILE, or what is found in the working directory and above
    std::string project_directory;      ///< empty: that of the first file
    std::string project_name;           ///< -p
    std::vector<std::string> env_files; ///< --env-file
    bool interpolate = true;
    bool resolve_paths = true;
    std::size_t budget_bytes = ByteBudget::default_limit_bytes; ///< see Document::budget
};

/// The files of a project as one canonical document, with includes and extends done, and nothing normalised yet.
struct Document
{
    Node model;
    std::string name;
    std::string directory;          ///< the project's
    std::vector<std::string> files; ///< absolute; "-" for standard input
    std::vector<std::string> env_files;
    std::map<std::string, std::string> variables; ///< the process's environment on top of the env files
    std::vector<std::string> warnings;
    std::vector<KeyWarning> key_warnings; ///< some of services that will not be there
    ByteBudget budget;          ///< what is left of it for env_file, secrets and the like
    std::vector<Variable> used; ///< all variables that the files mention
};

/// Finds, reads and merges. Throws `no configuration file provided: not found`, `empty compose file`, and what is wrong in the files,
/// with file and line.
Document load_document(const World& world, const LoadRequest& request);

} // namespace skiff::compose
