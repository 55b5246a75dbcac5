#include "build/git_address.hpp"

#include "base/error.hpp"
#include "build/path_pattern.hpp"
#include "text/address.hpp"

namespace skiff::build {

std::optional<GitAddress> find_git_address(std::string_view text)
{
    if (!text::is_repository_address(text))
        return std::nullopt;
    const std::size_t hash = text.find('#');
    GitAddress git;
    git.repository = cat(text.starts_with("github.com/") ? "https://" : "", text.substr(0, hash));
    if (hash == std::string_view::npos)
        return git;
    const std::string_view fragment = text.substr(hash + 1);
    const std::size_t colon = fragment.find(':');
    git.ref = fragment.substr(0, colon);
    if (colon != std::string_view::npos)
        git.subdir = clean_relative_path(fragment.substr(colon + 1));
    if (git.ref.starts_with('-') || git.ref.find_first_of(" \t\n\r:^~?*[\\") != std::string::npos)
        throw Error{ErrorKind::Failure, cat("invalid git reference ", quoted(git.ref), " in ", quoted(text))};
    return git;
}

} // namespace skiff::build
