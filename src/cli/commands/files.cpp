// The files of containers and images: cp, export, diff.

#include "cli/commands/files.hpp"

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/output.hpp"
#include "engine/copy.hpp"
#include "engine/diff.hpp"
#include "engine/export.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

/// What begins like a path is one; else a colon separates container and path.
CopyPlace read_place(const std::string& word)
{
    if (word.empty())
        throw usage_error("invalid arguments: you must specify a source and a destination path");
    if (word[0] == '/' || word[0] == '.' || word == "-")
        return {std::nullopt, word};
    Cut cut = cut_at(word, ':');
    if (!cut.tail)
        return {std::nullopt, word};
    if (cut.head.empty() || cut.tail->empty())
        throw usage_error(cat("invalid arguments ", quoted(word), ": you must specify a container and a path"));
    return {without_slash(std::move(cut.head)), std::move(*cut.tail)};
}

void finish_copy(const Invocation&, CopyArgs& args)
{
    args.from = read_place(args.words[0]);
    args.to = read_place(args.words[1]);
    if (!args.from.container && !args.to.container)
        throw usage_error(cat("invalid arguments ", quoted(args.words[0]), ", ", quoted(args.words[1]),
                              ": you must specify one container"));
}

engine::CopyEnd make_end(const CopyPlace& place, int stream)
{
    const bool is_stream = !place.container && place.path == "-";
    return {place.container.value_or(""), place.path, is_stream ? stream : -1};
}

int copy(const Invocation& invocation, CopyArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::CopyRequest request;
    request.from = make_end(args.from, STDIN_FILENO);
    request.to = make_end(args.to, STDOUT_FILENO);
    request.change_owner = args.archive;
    request.replace_kinds = args.overwrite;
    engine::copy_files(engine, request);
    return 0;
}

void finish_export(const Invocation&, ExportArgs& args)
{
    args.names.front() = without_slash(std::move(args.names.front()));
    if (args.output.find(':') != std::string::npos)
        throw usage_error(cat("invalid filename (should not contain ':') \"", args.output, "\""));
    if (args.output.empty() && ::isatty(STDOUT_FILENO) != 0)
        throw usage_error("refusing to export to terminal. Use -o flag or redirect");
}

int export_files(const Invocation& invocation, ExportArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string id = resolve_container(engine, args.names.front());
    UniqueFd file;
    if (!args.output.empty())
        file = open_at(AT_FDCWD, args.output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    engine::export_container(engine, id, file ? file.get() : STDOUT_FILENO);
    return 0;
}

void finish_diff(const Invocation& invocation, DiffArgs& args)
{
    if (args.names.empty() && !args.latest)
        throw usage_error(cat("`", invocation.path, "` requires a name or id: you must provide at least one"));
    if (args.names.size() > 1 && args.latest)
        throw usage_error("--latest and arguments cannot be used together");
    if (!args.names.empty() && args.latest)
        throw usage_error("--latest and containers cannot be used together");
    if (!args.format.empty() && args.format != "json")
        throw usage_error("only supported value for '--format' is 'json'");
}

void finish_container_diff(const Invocation& invocation, DiffArgs& args)
{
    args.of = DiffArgs::Of::Containers;
    finish_diff(invocation, args);
}

void finish_image_diff(const Invocation& invocation, DiffArgs& args)
{
    args.of = DiffArgs::Of::Images;
    finish_diff(invocation, args);
}

std::string lines_of(const std::vector<rootfs::Change>& changes)
{
    std::string lines;
    for (const rootfs::Change& change : changes)
        lines += cat(static_cast<char>(change.kind), " ", printable(change.path), "\n");
    return lines;
}

std::string json_of(const std::vector<rootfs::Change>& changes)
{
    nlohmann::ordered_json lists = nlohmann::ordered_json::object();
    const auto add = [&](const char* name, rootfs::ChangeKind kind) {
        for (const rootfs::Change& change : changes)
            if (change.kind == kind)
                lists[name].push_back(change.path);
    };
    add("changed", rootfs::ChangeKind::Modified);
    add("added", rootfs::ChangeKind::Added);
    add("deleted", rootfs::ChangeKind::Deleted);
    constexpr int indent = 5; // Podman's, here only
    return cat(lists.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "\n");
}

int diff(const Invocation& invocation, DiffArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const auto of = args.latest                             ? engine::DiffOf::Containers
                    : args.of == DiffArgs::Of::Any          ? engine::DiffOf::Any
                    : args.of == DiffArgs::Of::Containers   ? engine::DiffOf::Containers
                                                            : engine::DiffOf::Images;
    const std::string name = args.latest ? resolve_container(engine, "", true) : args.names.at(0);
    const auto changes = engine::list_differences(engine, of, name, args.names.size() > 1 ? args.names[1] : "");
    print(args.format == "json" ? json_of(changes) : lines_of(changes));
    return 0;
}

constexpr Option copy_options[] = {
    option<&CopyArgs::archive>("archive", 'a', "", "Files belong to the container's user").defaults("true"),
    option<&CopyArgs::follow_link>("follow-link", 'L', "", "Copy what a source link points to").unlisted(),
    option<&CopyArgs::overwrite>("overwrite", 0, "", "A directory may replace a file, and the other way round"),
    option<&CopyArgs::quiet>("quiet", 'q', "", "Say nothing").unlisted(),
};

constexpr Option export_options[] = {
    option<&ExportArgs::output>("output", 'o', "FILE", "Write to a file instead of standard output")
        .completes(Completes::Files),
};

constexpr Option diff_options[] = {
    option<&DiffArgs::format>("format", 0, "FORMAT", "json, instead of lines").suggests("json"),
    option<&DiffArgs::latest>("latest", 'l', "", "Of the container that was created last"),
};
constexpr Option image_diff_options[] = {diff_options[0]};

constexpr Command commands[] = {
    {
        .paths = {"cp", "container cp"},
        .summary = "Copy files between a container and the host",
        .description = "Copies a file or a directory into a container, out of it, or from one container to another. A "
                       "dash stands for a "
                       "tar stream on standard input or output.",
        .examples = "cp site.conf web:/etc/nginx/conf.d/\ncp web:/var/log/nginx .\ncp web:/etc - | tar t",
        .operands =
            operands<&CopyArgs::words>("[CONTAINER:]SRC_PATH [CONTAINER:]DEST_PATH", 2, 2, Completes::ContainerPaths),
        .options = copy_options,
        .needs = Needs::UserNamespace,
        .body = body<CopyArgs, copy, finish_copy>,
    },
    {
        .paths = {"export", "container export"},
        .summary = "Export a container's files as a tar archive",
        .description = "Writes the root file system of a container, without its volumes, as a tar archive.",
        .examples = "export web > web.tar\nexport -o web.tar web",
        .operands = operands<&ExportArgs::names>("CONTAINER", 1, 1, Completes::Containers),
        .options = export_options,
        .needs = Needs::UserNamespace,
        .body = body<ExportArgs, export_files, finish_export>,
    },
    {
        .paths = {"diff"},
        .summary = "Show what differs from an image",
        .description = "Lists files that a container has added (A), changed (C) or deleted (D), or compares two "
                       "containers or images.",
        .examples = "diff web\ndiff --format json web",
        .operands =
            operands<&DiffArgs::names>("CONTAINER|IMAGE [CONTAINER|IMAGE]", 0, 2, Completes::ContainersAndImages),
        .options = diff_options,
        .needs = Needs::UserNamespace,
        .body = body<DiffArgs, diff, finish_diff>,
    },
    {
        .paths = {"container diff"},
        .summary = "Show what a container has changed",
        .examples = "container diff web",
        .operands = operands<&DiffArgs::names>("CONTAINER [CONTAINER]", 0, 2, Completes::Containers),
        .options = diff_options,
        .needs = Needs::UserNamespace,
        .body = body<DiffArgs, diff, finish_container_diff>,
    },
    {
        .paths = {"image diff"},
        .summary = "Show what an image has changed",
        .examples = "image diff debian\nimage diff debian:12 debian:11",
        .operands = operands<&DiffArgs::names>("IMAGE [IMAGE]", 1, 2, Completes::Images),
        .options = image_diff_options,
        .needs = Needs::UserNamespace,
        .body = body<DiffArgs, diff, finish_image_diff>,
    },
};

} // namespace

const std::span<const Command> file_commands{commands};

} // namespace skiff::cli
