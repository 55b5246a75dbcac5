#pragma once

#include "frontends/compose/project.hpp"
#include "model/create_request.hpp"

#include <set>
#include <string>
#include <vector>

namespace skiff::compose {

// The secrets and configs that a service is granted. Their content is handed over with the request for a container, so that it is in
// no store and on no command line, whoever is killed when. What has none is a secret of the store (external), or is mounted as it is: a
// file that is too large to be copied, or a directory. Pure.

/// Those that come with their content. Throws when a file does not exist or a variable is not set.
std::vector<GivenFile> make_given_files(const Project& project, const Service& service);
/// The others in words of `create`.
std::vector<std::string> make_grant_words(const Project& project, const Service& service);
/// Throws `external secret "X" not found` for one that is not among those of the store.
void require_external_grants(const Project& project, const Service& service, const std::set<std::string>& secrets);

} // namespace skiff::compose
