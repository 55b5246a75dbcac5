#pragma once

#include "registry/config_places.hpp"

#include <string>
#include <string_view>

namespace skiff::registry {

/// policy.json says which images may be used at all. We obey "reject" and "insecureAcceptAnything"; a rule that asks
/// for a signature refuses the image, because we cannot check one. Source: containers-policy.json(5).
///
/// Throws unless `text` accepts an image of `transport` ("docker", "oci", "docker-archive" ...) whose full name or path
/// is `scope`. `shown` is how the message calls the image.
void check_policy(std::string_view text, std::string_view transport, std::string_view scope, const std::string& shown);

/// The same with --signature-policy, else the user's file, else the system's. No file accepts everything.
void check_policy(const ConfigPlaces& places, const std::string& signature_policy, std::string_view transport,
                  std::string_view scope, const std::string& shown);

} // namespace skiff::registry
