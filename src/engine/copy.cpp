// cp. A source is something open, with the name under which it arrives; a target is a directory, and perhaps a new name.
// What goes from one to the other are entries: of the packer or of an archive that comes in, to the tree's writer or to an
// archive that goes out.

#include "engine/copy.hpp"

#include "archive/compression.hpp"
#include "archive/pack.hpp"
#include "archive/send_content.hpp"
#include "archive/tar_reader.hpp"
#include "archive/tar_writer.hpp"
#include "archive/tree_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/container_files.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace skiff::engine {
namespace {

namespace fs = std::filesystem;

struct Source
{
    UniqueFd fd; ///< O_PATH
    std::string name;
    bool is_directory = false;
    bool content_only = false; ///< "DIR/.": what is in the directory
    std::string place;         ///< in the container; empty on the host
    archive::PackOptions options;
};

struct Target
{
    UniqueFd own_root;
    int root = -1;
    std::string directory; ///< below the root
    std::string name;      ///< of what arrives; empty: it keeps its own
    bool is_directory = true; ///< false: a file stands there
    std::string place;     ///< in the container; empty on the host
    archive::TreeWriterOptions options;
};

/// The last component; "." when the path says so: "dir/." and ".".
std::string base_name(const std::string& path)
{
    const std::size_t end = path.find_last_not_of('/');
    if (end == std::string::npos)
        return "/";
    const std::size_t slash = path.rfind('/', end);
    return path.substr(slash == std::string::npos ? 0 : slash + 1, end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

std::string parent_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// Go's %q is what scripts know.
std::string in_quotes(const std::string& path) { return cat("\"", path, "\""); }

Error not_in_container(const std::string& path, const CopyEnd& end)
{
    return Error{ErrorKind::NotFound,
                 cat(in_quotes(path), " could not be found on container ", end.container, ": no such file or directory")};
}

Error not_on_host(const std::string& path)
{
    return Error{ErrorKind::NotFound, cat(in_quotes(path), " could not be found on the host: no such file or directory")};
}

// The host. The path is the user's own, so links in it are followed, but for `keep_link`; what is in the copied tree is not. --

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

Source find_host_source(const CopyEnd& end, bool keep_link)
{
    auto fd = find_at(AT_FDCWD, end.path, O_PATH | (keep_link ? O_NOFOLLOW : 0));
    if (!fd)
        throw not_on_host(end.path);
    struct stat status{};
    if (::fstat(fd->get(), &status) != 0)
        throw Error{errno, cat("looking at ", quoted(end.path))};
    Source source;
    source.fd = std::move(*fd);
    source.is_directory = S_ISDIR(status.st_mode);
    source.name = base_name(absolute(end.path));
    source.content_only = source.is_directory && (base_name(end.path) == "." || source.name == "/");
    source.options.overrides = false;
    source.options.cross_mounts = true;
    return source;
}

Target find_host_target(const CopyEnd& end)
{
    Target target;
    // Nobody becomes owner of what another one may run as him.
    target.options.keep_privileges = false;
    target.options.map_owner = [](const archive::Ownership&) { return archive::Ownership{}; };
    struct stat status{};
    const bool exists = ::stat(end.path.c_str(), &status) == 0;
    if (exists && !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        throw Error{ErrorKind::Failure,
                    cat("invalid destination: ", in_quotes(absolute(end.path)), " must be a directory or a regular file")};
    target.is_directory = !exists || S_ISDIR(status.st_mode);
    std::string directory = end.path;
    if (!exists || !target.is_directory) {
        if (end.path.ends_with('/') || (!exists && errno != ENOENT))
            throw not_on_host(end.path);
        directory = parent_of(absolute(end.path)) + "/";
        target.name = base_name(absolute(end.path));
    }
    auto root = find_at(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    if (!root)
        throw not_on_host(end.path);
    target.own_root = std::move(*root);
    target.root = target.own_root.get();
    return target;
}

// Containers. -------------------------------------------------------------------------------------------------------------

Source find_container_source(const ContainerFiles& files, const CopyEnd& end)
{
    const ContainerPlace place = files.find(end.path);
    if (!place.status || end.path.find('*') != std::string::npos) // no pattern, and no file of that name either
        throw not_in_container(end.path, end);
    Source source;
    source.fd = files.open(place);
    source.is_directory = S_ISDIR(place.status->st_mode);
    source.name = base_name(place.name);
    source.content_only = source.is_directory && (base_name(end.path) == "." || place.name == "/");
    source.place = place.name;
    source.options.cross_mounts = files.is_running();
    source.options.skip_unreadable = files.is_running(); // devices of the host's root
    source.options.map_owner = [&files](const archive::Ownership& owner) { return files.inside(owner); };
    return source;
}

Target find_container_target(const ContainerFiles& files, const CopyEnd& end, const CopyRequest& request, bool single_id)
{
    Target target;
    target.options.links = archive::DirectoryChain::Links::Follow;
    target.options.set_owners = !single_id;
    target.options.map_owner = [&files](const archive::Ownership& owner) { return files.outside(owner); };
    if (request.change_owner)
        target.options.map_owner = [user = files.outside(files.user())](const archive::Ownership&) { return user; };

    ContainerPlace place = files.find(end.path);
    target.place = place.name;
    target.is_directory = !place.status || S_ISDIR(place.status->st_mode);
    if (place.status && !target.is_directory && place.path.empty())
        throw Error{ErrorKind::Failure, cat(in_quotes(end.path), " is a file that is mounted into container ", end.container)}
            .with_hint("copy to the host's file, or start the container first");
    if (!place.status || !target.is_directory) {
        if (!place.status && end.path.ends_with('/'))
            throw not_in_container(end.path, end);
        if (!place.status && request.from.stream >= 0)
            throw Error{ErrorKind::Failure, "destination must be a directory when copying from stdin"};
        target.name = base_name(place.name);
        place = files.find(parent_of(place.name) + "/");
        if (!place.status || !S_ISDIR(place.status->st_mode))
            throw not_in_container(end.path, end);
    }
    target.root = place.root;
    target.directory = place.path;
    return target;
}

// The copy itself. --------------------------------------------------------------------------------------------------------

void send(const Source& source, archive::EntrySink& sink, const std::string& new_name)
{
    archive::PackOptions options = source.options;
    if (source.place == "/") // what the kernel shows there is no file of the container's
        options.wants = [prefix = new_name.empty() ? "" : new_name + "/"](std::string_view path) {
            return path != prefix + "dev" && path != prefix + "proc" && path != prefix + "sys";
        };
    archive::Packer packer{sink, std::move(options)};
    if (source.content_only && new_name.empty())
        packer.add_below(source.fd.get());
    else
        packer.add_open(source.fd.get(), new_name.empty() ? source.name : new_name);
}

/// An archive that comes in, compressed or not.
class IncomingArchive
{
  public:
    explicit IncomingArchive(int from) : input_{from}
    {
        const Error no_archive{ErrorKind::Failure, "source must be a (compressed) tar archive when copying from stdin"};
        try {
            first_ = reader_.next();
        } catch (const Error&) {
            throw no_archive;
        }
        if (first_ == nullptr && !reader_.ended_properly())
            throw no_archive;
    }

    void send(archive::EntrySink& sink)
    {
        for (const archive::TarEntry* entry = first_; entry != nullptr; entry = reader_.next()) {
            sink.add(*entry);
            archive::send_content(reader_, *entry, sink);
        }
    }

  private:
    archive::FdSource input_;
    archive::DecompressingSource plain_{input_};
    archive::BufferedChunks chunks_{plain_};
    archive::TarReader reader_{chunks_};
    const archive::TarEntry* first_ = nullptr;
};

void require_not_inside_itself(const Source& source, const Target& target)
{
    if (source.is_directory && !source.place.empty() && cat(target.place, "/").starts_with(source.place == "/" ? "/" : cat(source.place, "/")))
        throw Error{ErrorKind::Failure, cat("cannot copy ", quoted(source.place), " into itself, ", quoted(target.place))};
}

void write_tree(Target& target, bool replace_kinds, const std::string& doing, const std::function<void(archive::EntrySink&)>& send_all)
{
    target.options.replace_kinds = replace_kinds;
    while_doing(doing, [&] {
        archive::TreeWriter writer{target.root, target.directory, target.options};
        send_all(writer);
        writer.finish();
    });
}

std::string resolve(Engine& engine, const CopyEnd& end)
{
    const auto id = engine.store().containers().find(end.container);
    if (!id)
        throw Error{ErrorKind::NotFound, cat("container ", in_quotes(end.container), " does not exist")};
    return *id;
}

/// Both ends; one container has one view of its files even if it is both.
struct OpenContainers
{
    std::unique_ptr<ContainerFiles> own[2];
    const ContainerFiles* from = nullptr;
    const ContainerFiles* to = nullptr;
};

OpenContainers open_containers(Engine& engine, const CopyRequest& request)
{
    const std::string from = request.from.container.empty() ? "" : resolve(engine, request.from);
    const std::string to = request.to.container.empty() ? "" : resolve(engine, request.to);
    engine.enter_user_namespace();
    OpenContainers open;
    // In the order of their ids, or two copies in opposite directions could wait for each other's locks.
    for (const std::string& id : {std::min(from, to), std::max(from, to)}) {
        if (id.empty() || (open.own[0] && open.own[0]->config().id == id))
            continue;
        (open.own[0] ? open.own[1] : open.own[0]) = std::make_unique<ContainerFiles>(engine, id);
    }
    for (const auto& files : open.own) {
        if (files && files->config().id == from)
            open.from = files.get();
        if (files && files->config().id == to)
            open.to = files.get();
    }
    return open;
}

} // namespace

void copy_files(Engine& engine, const CopyRequest& request)
{
    const OpenContainers containers = open_containers(engine, request);
    std::optional<Source> source;
    if (request.from.stream < 0)
        source = containers.from != nullptr ? find_container_source(*containers.from, request.from) : find_host_source(request.from, request.keep_link);
    if (request.to.stream >= 0) {
        archive::FdSink output{request.to.stream};
        archive::TarWriter writer{output};
        send(*source, writer, "");
        writer.finish();
        return;
    }
    const bool single_id = engine.identity().single_id;
    Target target = containers.to != nullptr ? find_container_target(*containers.to, request.to, request, single_id)
                                             : find_host_target(request.to);
    const std::string doing = containers.to != nullptr ? "copying to container" : "copying to host";
    if (!source) {
        if (!target.is_directory)
            throw Error{ErrorKind::Failure, "destination must be a directory when copying from stdin"};
        IncomingArchive incoming{request.from.stream};
        write_tree(target, request.replace_kinds, doing, [&](archive::EntrySink& sink) { incoming.send(sink); });
        return;
    }
    if (source->is_directory && !target.is_directory)
        throw Error{ErrorKind::Failure, "destination must be a directory when copying a directory"};
    if (containers.from == containers.to)
        require_not_inside_itself(*source, target);
    write_tree(target, request.replace_kinds, doing, [&](archive::EntrySink& sink) { send(*source, sink, target.name); });
}

} // namespace skiff::engine
