#include "engine/build_export.hpp"

#include "archive/pack.hpp"
#include "archive/tar_writer.hpp"
#include "archive/tree_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/build.hpp"
#include "engine/build_layers.hpp"
#include "engine/build_tree.hpp"
#include "engine/option_fields.hpp"
#include "registry/output_file.hpp"

#include <unistd.h>

namespace skiff::engine {
namespace {

using Kind = BuildExport::Kind;

Error refusal_of(const std::string& type)
{
    Error error{ErrorKind::Usage, cat("invalid build output type ", quoted(type), "; expected local or tar")};
    if (type == "image" || type == "registry")
        error.add_hint("a build stores an image already, under the names of --tag; --push pushes it");
    else if (type == "oci" || type == "docker")
        error.add_hint(cat("name the image by --tag, then `skiff save --format ", type, "-archive -o FILE NAME`"));
    return error;
}

void write_directory(int root, const UniqueFd& directory)
{
    archive::TreeWriterOptions options;
    options.set_owners = false;
    options.keep_privileges = false;
    options.kinds_hint = "empty the directory first, or choose another";
    archive::TreeWriter writer{directory.get(), "", std::move(options)};
    archive::Packer packer{writer, {}};
    packer.add_below(root);
    writer.finish();
}

void write_tar(int root, registry::OutputFile& file)
{
    archive::FdSink sink{file.fd()};
    archive::TarWriter writer{sink};
    archive::Packer packer{writer, {}};
    packer.add_below(root);
    writer.finish();
    file.commit();
}

} // namespace

BuildExport parse_build_export(const std::string& text)
{
    if (text == "-")
        return {Kind::Tar, "-"};
    if (text.find('=') == std::string::npos) {
        if (text.empty())
            throw Error{ErrorKind::Usage, "missing \"dest=\" in build output"};
        return {Kind::Directory, text};
    }
    OptionFields fields{text};
    BuildExport wanted;
    const std::string type = fields.take("type");
    if (type.empty())
        throw Error{ErrorKind::Usage, cat("missing required key \"type\" in build output option: ", quoted(text))};
    if (type != "local" && type != "tar")
        throw refusal_of(type);
    wanted.kind = type == "tar" ? Kind::Tar : Kind::Directory;
    wanted.destination = fields.take("dest");
    if (const auto left = fields.find_left())
        throw Error{ErrorKind::Usage, cat("unrecognized key ", quoted(*left), " in build output option: ", quoted(text))};
    if (wanted.destination.empty())
        throw Error{ErrorKind::Usage, cat("missing required key \"dest\" in build output option: ", quoted(text))};
    if (wanted.destination == "-" && wanted.kind == Kind::Directory)
        throw Error{ErrorKind::Usage, "only a tar can be written to standard output"}.with_hint("type=tar,dest=-");
    return wanted;
}

void export_stage(Engine& engine, const StageImage& stage, const BuildExport& wanted)
{
    while_doing(cat("writing ", wanted.destination == "-" ? "the build output" : quoted(wanted.destination)), [&] {
        const BuildLock lock{engine};
        BuildLayers layers; // so that they stay
        layers.add(engine.store(), stage.layers, stage.draft.layers, stage.draft.diff_ids);
        BuildTree tree{engine, lock.name(), stage.layers, BuildTree::Access::ReadOnly};
        // In the mount namespace that we are in from now on: a file without a name gets one only there.
        UniqueFd directory;
        std::optional<registry::OutputFile> file;
        if (wanted.kind == Kind::Directory) {
            make_directories(wanted.destination, 0755);
            directory = open_at(AT_FDCWD, wanted.destination, O_RDONLY | O_DIRECTORY);
        } else if (wanted.destination == "-") {
            file.emplace(STDOUT_FILENO);
        } else {
            file.emplace(wanted.destination);
        }
        const UniqueFd root = open_at(AT_FDCWD, proc_fd_path(tree.root()), O_RDONLY | O_DIRECTORY);
        if (file)
            write_tar(root.get(), *file);
        else
            write_directory(root.get(), directory);
    });
}

} // namespace skiff::engine
