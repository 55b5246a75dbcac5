// The files of volumes: export, import, mount.

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/commands/volumes.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/volume_archive.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

int export_files(const Invocation& invocation, VolumeExportArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string& name = args.names.front();
    if (args.output.empty()) {
        engine::export_volume(engine, name, STDOUT_FILENO);
        return 0;
    }
    (void)engine.store().volumes().resolve(name); // before the file is there
    const UniqueFd file = open_at(AT_FDCWD, args.output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    engine::export_volume(engine, name, file.get());
    return 0;
}

int import_files(const Invocation& invocation, VolumeImportArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string& source = args.words.size() > 1 ? args.words[1] : "-";
    UniqueFd file;
    if (source != "-") {
        file = UniqueFd{::open(source.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file)
            throw Error{errno, cat("open ", printable(source))};
    }
    engine::import_volume(engine, args.words.front(), file ? file.get() : STDIN_FILENO);
    return 0;
}

/// Volumes are directories that are always there: to mount one is to tell where.
int mount(const Invocation& invocation, VolumeNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    for (const std::string& name : args.names)
        print(engine.store().volumes().data_path(engine.store().volumes().resolve(name).name) + "\n");
    return 0;
}

int unmount(const Invocation& invocation, VolumeNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    for (const std::string& name : args.names)
        print(engine.store().volumes().resolve(name).name + "\n");
    return 0;
}

void finish_export(const Invocation&, VolumeExportArgs& args)
{
    if (args.output.empty() && ::isatty(STDOUT_FILENO) != 0)
        throw usage_error("cannot write to terminal, use command-line redirection or the --output flag");
}

void finish_import(const Invocation&, VolumeImportArgs& args)
{
    if ((args.words.size() < 2 || args.words[1] == "-") && ::isatty(STDIN_FILENO) != 0)
        throw usage_error("cannot read from terminal, use command-line redirection or name a file");
}

constexpr Option export_options[] = {
    option<&VolumeExportArgs::output>("output", 'o', "FILE", "Write to this file instead of standard output")
        .completes(Completes::Files),
};

constexpr Command commands[] = {
    {
        .paths = {"volume export"},
        .summary = "Export a volume as a tar archive",
        .description = "Writes the files of a volume as a tar archive.",
        .examples = "volume export data -o data.tar\nvolume export data | tar t",
        .operands = operands<&VolumeExportArgs::names>("VOLUME", 1, 1, Completes::Volumes),
        .options = export_options,
        .needs = Needs::UserNamespace,
        .body = body<VolumeExportArgs, export_files, finish_export>,
    },
    {
        .paths = {"volume import"},
        .summary = "Fill a volume from a tar archive",
        .description = "Unpacks a tar archive, compressed or not, over the files of a volume.",
        .examples = "volume import data data.tar\nzcat data.tar.gz | skiff volume import data -",
        .operands = operands<&VolumeImportArgs::words>("VOLUME [SOURCE]", 1, 2, Completes::Volumes, Completes::Files),
        .needs = Needs::UserNamespace,
        .body = body<VolumeImportArgs, import_files, finish_import>,
    },
    {
        .paths = {"volume mount"},
        .summary = "Show where volumes are",
        .description = "Prints the directories of volumes: they are always there, and need no mounting.",
        .examples = "unshare sh -c 'ls -l $(skiff volume mount data)'",
        .operands = operands<&VolumeNamesArgs::names>("VOLUME [VOLUME...]", 1, Operands::many, Completes::Volumes),
        .needs = Needs::Store,
        .body = body<VolumeNamesArgs, mount>,
    },
    {
        .paths = {"volume unmount", "volume umount"},
        .summary = "Take volume mount back",
        .description = "Does nothing but print the names: volumes are directories that are always there.",
        .examples = "volume unmount data",
        .operands = operands<&VolumeNamesArgs::names>("VOLUME [VOLUME...]", 1, Operands::many, Completes::Volumes),
        .needs = Needs::Store,
        .body = body<VolumeNamesArgs, unmount>,
    },
};

} // namespace

const std::span<const Command> volume_file_commands{commands};

} // namespace skiff::cli
