#pragma once

#include "build/git_address.hpp"

#include <string>
#include <string_view>

namespace skiff::build {

/// What a user names as the place that files come from.
struct ContextAddress
{
    enum class Kind
    {
        Directory, ///< `place` is a path
        Stream,    ///< standard input: an archive, or a Containerfile
        Web,       ///< `place` is an http(s) address of an archive, or of a Containerfile
        Git,
        Image,     ///< `place` is a reference
        OciLayout, ///< `place` is a path with an optional :TAG or @DIGEST
    };
    Kind kind = Kind::Directory;
    std::string place;
    GitAddress git; ///< of Git
};

/// The positional argument of `build`: a directory, `-`, an http(s) or a git address.
ContextAddress parse_context(std::string_view text);

/// `--build-context NAME=TEXT`: those but for `-`, and docker-image://REF, container-image://REF, docker://REF and
/// oci-layout://PATH.
ContextAddress parse_named_context(std::string_view text);

} // namespace skiff::build
