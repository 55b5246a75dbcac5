#include "build/context.hpp"

#include "archive/stream.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/add_archive.hpp"
#include "build/git_checkout.hpp"
#include "build/remote_file.hpp"
#include "build/source_text.hpp"
#include "registry/tar_files.hpp"
#include "registry/url.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace skiff::build {
namespace {

using Kind = ContextAddress::Kind;

Context open_directory(const std::string& path)
{
    Context context;
    auto directory = find_at(AT_FDCWD, path, O_RDONLY);
    if (!directory)
        throw Error{ErrorKind::NotFound, cat("context directory ", quoted(path), ": no such file or directory")};
    struct stat status{};
    if (::fstat(directory->get(), &status) != 0 || !S_ISDIR(status.st_mode))
        throw Error{ErrorKind::Failure, cat("context must be a directory: \"", printable(path), "\"")};
    context.root = std::move(*directory);
    context.name = path;
    context.is_local = true;
    return context;
}

/// Everything of a stream, as a file that can be read several times.
UniqueFd stored(int stream, const registry::TransportOptions& transport)
{
    UniqueFd file = registry::open_temporary_file(transport.temp_dir);
    archive::FdSource source{stream};
    std::string buffer(256U << 10U, '\0');
    while (const std::size_t size = source.read(buffer.data(), buffer.size()))
        write_all(file.get(), {buffer.data(), size}, "temporary file");
    if (::lseek(file.get(), 0, SEEK_SET) != 0)
        throw Error{errno, "reading the build context again"};
    return file;
}

/// An archive becomes the tree, anything else is a Containerfile.
Context open_content(UniqueFd content, const std::string& name, const ContextRequest& request)
{
    Context context;
    context.name = name;
    context.root = open_at(AT_FDCWD, request.scratch, O_RDONLY | O_DIRECTORY);
    CopyTarget target;
    target.root = context.root.get();
    target.destination = "/";
    target.owners = CopyTarget::Owners::Ours; // COPY sets them
    target.follow_links = false;
    if (!while_doing(cat("unpacking the build context ", quoted(name)), [&] { return add_archive(content.get(), target, std::nullopt); }))
        context.containerfile = read_all(content.get(), max_containerfile_bytes, name);
    return context;
}

Context open_repository(const ContextAddress& address, const ContextRequest& request)
{
    GitCheckout checkout = check_out(address.git, request.scratch, request.keep_git_dir);
    Context context;
    context.root = std::move(checkout.directory);
    context.name = registry::shown_address(address.place);
    context.commit = std::move(checkout.commit);
    return context;
}

} // namespace

Context open_context(const ContextAddress& address, const ContextRequest& request)
{
    switch (address.kind) {
    case Kind::Directory:
        return open_directory(address.place);
    case Kind::Stream:
        return open_content(stored(request.stream, request.transport), "-", request);
    case Kind::Web:
        return open_content(fetch_remote_file(address.place, {}, request.transport).content, registry::shown_address(address.place), request);
    case Kind::Git:
        return open_repository(address, request);
    case Kind::Image:
    case Kind::OciLayout:
        break;
    }
    throw Error{ErrorKind::Failure, cat("the build context ", quoted(address.place), " is an image")};
}

} // namespace skiff::build
