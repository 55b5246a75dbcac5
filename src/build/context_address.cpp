#include "build/context_address.hpp"

#include "base/error.hpp"
#include "text/address.hpp"

namespace skiff::build {
namespace {

using Kind = ContextAddress::Kind;

ContextAddress parse_remote_or_directory(std::string_view text)
{
    // git first: an http address that ends in .git is a repository.
    if (auto git = find_git_address(text))
        return {Kind::Git, std::string{text}, std::move(*git)};
    if (text::is_web_address(text))
        return {Kind::Web, std::string{text}, {}};
    return {Kind::Directory, std::string{text}, {}};
}

} // namespace

ContextAddress parse_context(std::string_view text)
{
    if (text == "-")
        return {Kind::Stream, {}, {}};
    return parse_remote_or_directory(text);
}

ContextAddress parse_named_context(std::string_view text)
{
    for (const std::string_view prefix : {"docker-image://", "container-image://", "docker://"})
        if (text.starts_with(prefix))
            return {Kind::Image, std::string{text.substr(prefix.size())}, {}};
    constexpr std::string_view layout = "oci-layout://";
    if (text.starts_with(layout))
        return {Kind::OciLayout, std::string{text.substr(layout.size())}, {}};
    if (text.empty() || text == "-")
        throw Error{ErrorKind::Usage, cat("a named build context cannot be ", quoted(text))}.with_hint(
            "NAME=DIRECTORY, NAME=docker-image://REFERENCE, NAME=oci-layout://DIRECTORY, or NAME= with an http or git address");
    return parse_remote_or_directory(text);
}

} // namespace skiff::build
