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

/// Nothing when `text` is no text::is_repository_address. Throws Error(Failure) for a reference that git would take for an option.
std::optional<GitAddress> find_git_address(std::string_view text);

} // namespace skiff::build
