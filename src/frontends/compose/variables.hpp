#pragma once

#include "frontends/compose/interpolate.hpp"

#include <map>
#include <string>
#include <vector>

/// The variables of a project by name: what interpolation finds.
namespace skiff::compose {

using Variables = std::map<std::string, std::string>;

std::string find_variable(const Variables& variables, const std::string& name); ///< empty when there is none

/// For as long as `variables` lives.
Lookup lookup_in(const Variables& variables);

/// "The "NAME" variable is not set. Defaulting to a blank string."
std::string unset_warning(const std::string& name);

/// Adds what the text of an env file sets and `outer` does not. Its values find the variables so far: those of files before this one.
void add_env_file(Variables& variables, const Variables& outer, const std::string& text, const std::string& file, ByteBudget& budget,
                  std::vector<std::string>& warnings);

} // namespace skiff::compose
