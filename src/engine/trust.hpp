#pragma once

#include "registry/policy.hpp"

#include <string>
#include <vector>

/// Which images may be used: policy.json for people.
namespace skiff::engine {

/// The policy's file: `chosen`, else the one in force. Throws when there is none.
std::string trust_file(const std::string& chosen);

/// As it is written.
std::string load_trust(const std::string& path);

std::vector<registry::TrustRule> list_trust(const std::string& path);

/// Makes `type` ("accept", "insecureAcceptAnything" or "reject") the rule for `scope`, "default" or a registry with an
/// optional path: in the file `chosen`, else in the user's own, which begins as a copy of the policy in force.
void set_trust(const std::string& scope, const std::string& type, const std::string& chosen);

} // namespace skiff::engine
