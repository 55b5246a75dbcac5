#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skiff::build {

/// A place in a git repository, as contexts and ADD name it: REPOSITORY[#REF[:DIRECTORY]].
struct GitAddress
{
    std::string repository; ///< what git is given; never begins with '-'
    std::string ref;        ///< a branch, tag or commit; empty: what the repository's HEAD is
    std::string subdir;     ///< without slashes around it and without ".."; empty: the whole

    bool operator==(const GitAddress&) const = default;
};

/// Reads git://..., ssh://..., USER@HOST:PATH, http(s)://... whose path ends in .git, and github.com/USER/REPOSITORY.
/// Nothing when `text` is none of these. Throws Error(Failure) for a reference that git would take for an option.
/// Source: the documentation of docker build, "Git repositories", and of ADD.
std::optional<GitAddress> find_git_address(std::string_view text);

} // namespace skiff::build
