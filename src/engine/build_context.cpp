#include "engine/build_context.hpp"

#include "base/error.hpp"
#include "build/context.hpp"
#include "engine/build_layers.hpp"
#include "engine/pull.hpp"
#include "store/staging.hpp"

#include <unistd.h>
#include <vector>

namespace skiff::engine {
namespace {

/// A directory of ours for what was fetched. Killed, we leave it to the next command.
struct Scratch
{
    explicit Scratch(Engine& engine) : lock{engine}, staging{engine.store().root(), lock.name()} {}
    BuildLock lock;
    store::Staging staging;
};

/// As the Containerfile itself is looked for.
std::optional<build::IgnoreRules> find_rules_beside(const BuildContext& context, const std::string& path)
{
    std::optional<std::string> text;
    if (context.is_foreign() && !path.starts_with('/'))
        text = find_context_file(context, path, build::max_ignore_file_bytes);
    if (!text)
        text = find_file(AT_FDCWD, path, build::max_ignore_file_bytes);
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

BuildContext open_build_context(Engine& engine, const build::ContextAddress& address, const PullOptions& transport, bool keep_git_dir)
{
    if (address.kind == build::ContextAddress::Kind::Directory)
        return open_build_directory(address.place);
    auto scratch = std::make_shared<Scratch>(engine);
    build::ContextRequest request;
    request.scratch = scratch->staging.absolute_path();
    request.stream = STDIN_FILENO;
    request.keep_git_dir = keep_git_dir;
    request.transport = make_transport_options(engine, transport);
    build::Context opened = build::open_context(address, request);
    BuildContext context;
    context.root = std::move(opened.root);
    context.path = path_of_fd(context.root.get());
    context.name = "the context";
    context.containerfile = std::move(opened.containerfile);
    context.owned = std::move(scratch);
    return context;
}

std::optional<std::string> find_context_file(const BuildContext& context, const std::string& name, std::size_t limit)
{
    if (!context.is_foreign())
        return find_file(context.root.get(), name, limit);
    const auto file = find_beneath(context.root.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file)
        return std::nullopt;
    struct stat status{};
    if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{ErrorKind::Failure, cat(quoted(name), " of the context is no regular file")};
    return read_all(file->get(), limit, name);
}

std::string image_of_context(const build::ContextAddress& address)
{
    if (address.kind == build::ContextAddress::Kind::Image)
        return address.place;
    if (address.place.find('@') != std::string::npos)
        throw Error{ErrorKind::Usage, cat("oci-layout://", address.place, ": an image of a layout is named by its tag")}.with_hint("oci-layout://DIRECTORY:TAG");
    return cat("oci:", address.place);
}

build::IgnoreRules load_ignore_rules(const BuildContext& context, const std::string& ignore_file, const std::vector<std::string>& containerfiles)
{
    if (!ignore_file.empty())
        return build::IgnoreRules::parse(read_file(AT_FDCWD, ignore_file, build::max_ignore_file_bytes), ignore_file);
    for (const std::string& file : containerfiles)
        for (const char* suffix : {".dockerignore", ".containerignore"})
            if (auto rules = find_rules_beside(context, file + suffix))
                return std::move(*rules);
    for (const char* name : {".containerignore", ".dockerignore"})
        if (const auto text = find_context_file(context, name, build::max_ignore_file_bytes))
            return build::IgnoreRules::parse(*text, name);
    return {};
}

} // namespace skiff::engine
