#pragma once

#include "oci/reference.hpp"
#include "registry/registries_conf.hpp"

#include <string>
#include <vector>

namespace skiff::registry {

/// The full names that a name may stand for, to be tried in this order.
struct Candidates
{
    std::vector<oci::Reference> references; ///< never empty
    std::string description; ///< one line for the user, naming the file that decided; empty: the name was full already
    bool ask_user = false; ///< the user is to choose one of the references, which then becomes an alias
};

/// Whether there is somebody at a terminal.
enum class CanAsk
{
    No,
    Yes
};

/// A full name stands for itself. A short one for its alias, else for itself in each unqualified-search registry; where
/// no file says anything about these it belongs to docker.io (security.md R36). Throws in the words of
/// containers/common when the configuration leaves no answer, or several where only one may be and nobody can be asked.
Candidates resolve_name(const RegistriesConf& conf, const oci::Reference& reference, CanAsk can_ask = CanAsk::No);

/// The user's file of remembered short names from now on says that `name` is `target`.
void remember_alias(const ConfigPlaces& places, const oci::Reference& name, const oci::Reference& target);

} // namespace skiff::registry
