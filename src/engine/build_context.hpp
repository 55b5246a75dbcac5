#pragma once

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "build/context_address.hpp"
#include "build/ignore_file.hpp"
#include "engine/engine.hpp"
#include "model/create_request.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace skiff::engine {

/// A directory that a build takes files from. Wherever it came from (an archive, a repository), it lies on this machine now.
struct BuildContext
{
    UniqueFd root;            ///< O_RDONLY|O_DIRECTORY
    std::string path;         ///< absolute
    std::string name;         ///< for messages: "the context"
    build::IgnoreRules ignore;
    std::shared_ptr<const void> owned; ///< what holds a directory that was made for it, and goes with it
    /// What was named is a Containerfile and no files: its text. The directory is empty.
    std::optional<std::string> containerfile;

    /// It came from elsewhere, and is nobody's whom the user trusts.
    [[nodiscard]] bool is_foreign() const { return owned != nullptr; }
};

/// Opens the directory `path` as the user called it. Throws `context must be a directory: "X"`.
BuildContext open_build_directory(const std::string& path);

/// Opens a directory, or fetches and unpacks what is none. That is done in the caller's own namespaces, so that git finds the keys
/// and helpers of the user, and lies in the store's staging directory.
BuildContext open_build_context(Engine& engine, const build::ContextAddress& address, const PullOptions& transport, bool keep_git_dir);

/// A file of the context that we read ourselves: the Containerfile, ignore rules; nothing when it is not there. In a context that came
/// from elsewhere no link leads out of it (security.md R1, R4); a directory of the user's own may have links to anywhere.
std::optional<std::string> find_context_file(const BuildContext& context, const std::string& name, std::size_t limit);

/// The rules for `context`: of `ignore_file` when one is given (--ignorefile), else of the first that exists: FILE.containerignore,
/// FILE.dockerignore beside one of `containerfiles` (if both exist, the second; of a foreign context, in there first), .containerignore,
/// .dockerignore of the context.
build::IgnoreRules load_ignore_rules(const BuildContext& context, const std::string& ignore_file, const std::vector<std::string>& containerfiles);

/// --build-context NAME=...: a directory, or an image.
struct NamedContext
{
    std::variant<BuildContext, std::string> what; ///< the string is an image's name
};

/// The image that `address` (of the kinds Image and OciLayout) names, as `pull` takes it.
std::string image_of_context(const build::ContextAddress& address);

} // namespace skiff::engine
