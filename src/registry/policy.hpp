#pragma once

#include "registry/config_places.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// policy.json says which images may be used at all. We obey "reject" and "insecureAcceptAnything"; a rule that asks for a
/// signature refuses the image, because we cannot check one. Source: containers-policy.json(5).
namespace skiff::registry {

/// Throws unless `text` accepts an image of `transport` ("docker", "oci", "docker-archive" ...) whose full name or path
/// is `scope`. `shown` is how the message calls the image. All of the policy must be well-formed: a word that is not known
/// in it is an error, because what it was meant to forbid would be allowed.
void check_policy(std::string_view text, std::string_view transport, std::string_view scope, const std::string& shown);

/// The same with --signature-policy, else the file below. No file accepts everything.
void check_policy(const ConfigPlaces& places, const std::string& signature_policy, std::string_view transport,
                  std::string_view scope, const std::string& shown);

/// The policy in force: $CONTAINERS_POLICY_JSON, else the user's own, else the system's; nothing when there is none.
std::optional<std::string> find_policy_file(const ConfigPlaces& places);

/// What policies say about an image on disk: where it really lies; of a docker-archive and of a stream nothing but their
/// transport is known.
std::string policy_scope_of_path(std::string_view transport, const std::string& path);

/// One requirement, for people.
struct TrustRule
{
    std::string transport; ///< "all", "repository" for registries, else its name
    std::string name;      ///< "* (default)" or the scope
    std::string repository; ///< "default" or the scope
    std::string type;      ///< "accept", "reject", "signed", "sigstoreSigned"
    std::string keys;      ///< where the keys of signatures are
};

/// The default first, then by transport and scope.
std::vector<TrustRule> list_trust(std::string_view policy);

/// `policy` (empty: none yet) with one requirement, "insecureAcceptAnything" or "reject", for `scope` ("default" or a
/// registry's name, perhaps with a path) instead of what it said about that. The rest stays as it is.
std::string set_trust(std::string_view policy, const std::string& scope, const std::string& type);

} // namespace skiff::registry
