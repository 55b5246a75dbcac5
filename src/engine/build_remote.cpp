#include "engine/build_remote.hpp"

#include "base/error.hpp"

namespace skiff::engine {
namespace {

bool is_url(const std::string& source) { return source.starts_with("http://") || source.starts_with("https://"); }

bool is_git(const std::string& source)
{
    const std::string address = source.substr(0, source.find('#'));
    return source.starts_with("git@") || source.starts_with("git://") || source.starts_with("ssh://") ||
           (is_url(source) && address.ends_with(".git"));
}

} // namespace

void refuse_remote_source(const build::CopyStep& copy, const std::string& source)
{
    if (!is_url(source) && !is_git(source))
        return;
    if (!copy.is_add)
        throw Error{ErrorKind::Failure, is_git(source) ? "source can't be a git ref for COPY" : "source can't be a URL for COPY"}.with_hint(
            "ADD takes addresses");
    throw Error{ErrorKind::Failure, cat("ADD of ", quoted(source), ": addresses and repositories are not built yet")}.with_hint(
        "RUN with curl, wget or git fetches it, or fetch it into the context first");
}

} // namespace skiff::engine
