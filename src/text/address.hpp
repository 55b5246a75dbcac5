#pragma once

#include <string_view>

/// Addresses, by their form alone: what a user wrote is a path of this machine or it is not.
namespace skiff::text {

/// http:// or https://.
bool is_web_address(std::string_view text);

/// A repository of git: git://..., ssh://..., USER@HOST:PATH, http(s)://... whose path ends in .git, and github.com/USER/REPOSITORY. What
/// stands behind a '#' (a reference and a directory) does not count.
/// Source: the documentation of docker build, "Git repositories", and of ADD.
bool is_repository_address(std::string_view text);

/// Either, or anything else that begins with a scheme ("oci://").
bool is_remote_address(std::string_view text);

} // namespace skiff::text
