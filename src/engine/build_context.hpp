#pragma once

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "build/ignore_file.hpp"

#include <memory>
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
    std::shared_ptr<TempDir> owned; ///< a directory that was made for it; goes with it
};

/// Opens the directory `path` as the user called it. Throws `context must be a directory: "X"`.
BuildContext open_build_directory(const std::string& path);

/// A context without files: `build -` with a Containerfile on standard input.
BuildContext make_empty_context();

/// The rules for `context`: of `ignore_file` when one is given (--ignorefile), else of the first that exists: FILE.containerignore,
/// FILE.dockerignore beside the first of `containerfiles` (if both exist, the second), .containerignore, .dockerignore of the context.
build::IgnoreRules load_ignore_rules(const BuildContext& context, const std::string& ignore_file, const std::vector<std::string>& containerfiles);

/// --build-context NAME=...: a directory, or an image.
struct NamedContext
{
    std::variant<BuildContext, std::string> what; ///< the string is an image's name
};

} // namespace skiff::engine
