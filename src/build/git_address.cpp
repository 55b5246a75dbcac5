#include "build/git_address.hpp"

#include "base/error.hpp"
#include "build/path_pattern.hpp"

#include <algorithm>

namespace skiff::build {
namespace {

/// "git@github.com:user/repository": a user and a host before a colon that no slash precedes.
bool is_scp_like(std::string_view text)
{
    const std::size_t colon = text.find(':');
    const std::size_t at = text.substr(0, colon).find('@');
    if (colon == std::string_view::npos || at == std::string_view::npos || at == 0 || at + 1 == colon ||
        text.substr(colon).starts_with("://"))
        return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '@';
    });
}

bool is_web_repository(std::string_view address)
{
    if (!address.starts_with("http://") && !address.starts_with("https://"))
        return false;
    const std::string_view path = address.substr(0, address.find('?'));
    return path.ends_with(".git") || path.ends_with(".git/");
}

} // namespace

std::optional<GitAddress> find_git_address(std::string_view text)
{
    const std::size_t hash = text.find('#');
    const std::string_view address = text.substr(0, hash);
    GitAddress git;
    if (address.starts_with("git://") || address.starts_with("ssh://") || is_web_repository(address) ||
        (is_scp_like(address) && !address.starts_with("-")))
        git.repository = address;
    else if (address.starts_with("github.com/"))
        git.repository = cat("https://", address);
    else
        return std::nullopt;
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
