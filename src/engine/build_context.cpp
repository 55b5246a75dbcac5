#include "engine/build_context.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <optional>
#include <vector>

namespace skiff::engine {
namespace {

std::string temporary_parent()
{
    const char* asked = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe)
    return asked != nullptr && asked[0] == '/' ? asked : "/var/tmp";
}

std::optional<build::IgnoreRules> find_rules(int dir, const std::string& path)
{
    const auto text = find_file(dir, path, build::max_ignore_file_bytes);
    if (!text)
        return std::nullopt;
    return build::IgnoreRules::parse(*text, path);
}

} // namespace

BuildContext open_build_directory(const std::string& path)
{
    BuildContext context;
    try {
        context.root = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    } catch (const Error& error) {
        if (error.errno_value() == ENOTDIR)
            throw Error{ErrorKind::Failure, cat("context must be a directory: \"", printable(path), "\"")}.with_hint(
                "the last word is the directory with the files; the Containerfile is named by -f FILE");
        throw;
    }
    context.path = path_of_fd(context.root.get());
    context.name = "the context";
    return context;
}

BuildContext make_empty_context()
{
    auto directory = std::make_shared<TempDir>(temporary_parent(), "skiff-context-");
    BuildContext context = open_build_directory(directory->path());
    context.owned = std::move(directory);
    return context;
}

build::IgnoreRules load_ignore_rules(const BuildContext& context, const std::string& ignore_file, const std::vector<std::string>& containerfiles)
{
    if (!ignore_file.empty())
        return build::IgnoreRules::parse(read_file(AT_FDCWD, ignore_file, build::max_ignore_file_bytes), ignore_file);
    for (const std::string& file : containerfiles)
        for (const char* suffix : {".dockerignore", ".containerignore"})
            if (auto rules = find_rules(AT_FDCWD, file + suffix))
                return std::move(*rules);
    for (const char* name : {".containerignore", ".dockerignore"})
        if (auto rules = find_rules(context.root.get(), name))
            return std::move(*rules);
    return {};
}

} // namespace skiff::engine
