// How images go out: push, save, image copy, image scp.

#include "cli/commands/push.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/groups/format_options.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/values.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

using registry::DiskFormat;

constexpr std::string_view no_encryption = "encrypted images are not supported";

int push(const Invocation& invocation, PushArgs& args)
{
    engine::PushRequest request;
    request.image = args.words[0];
    request.destination = args.words.size() > 1 ? args.words[1] : "";
    request.transport = args.options;
    request.send = make_send_options(args.format);
    request.compress = args.compress;
    engine::Engine engine{engine_options(invocation)};
    std::string digest;
    {
        ProgressPrinter progress{args.quiet};
        digest = engine::push_image(engine, request, progress);
    }
    save_digest(args.digest_file, digest);
    return 0;
}

DiskFormat disk_format(const std::string& format)
{
    return format == "oci-archive"  ? DiskFormat::OciArchive
           : format == "oci-dir"    ? DiskFormat::OciDirectory
           : format == "docker-dir" ? DiskFormat::DockerDirectory
                                    : DiskFormat::DockerArchive;
}

void finish_save(const Invocation&, SaveArgs& args)
{
    if (args.compress && args.format != "docker-dir")
        throw usage_error("--compress can only be set when --format is 'docker-dir'");
    if (args.output == "-")
        args.output.clear();
    if (args.output.find(':') != std::string::npos)
        throw usage_error(cat("invalid filename (should not contain ':') \"", printable(args.output), "\""));
    const bool is_directory = args.format.ends_with("-dir");
    if (is_directory && args.output.empty())
        throw usage_error(cat("--format ", args.format, " writes a directory: name it with --output"));
    if (args.output.empty() && ::isatty(STDOUT_FILENO) != 0)
        throw usage_error("refusing to save to terminal. Use -o flag or redirect");
}

int save(const Invocation& invocation, SaveArgs& args)
{
    engine::SaveRequest request;
    request.images = args.images;
    request.output = args.output;
    request.format = disk_format(args.format);
    request.only_images = args.multi_image;
    request.uncompressed = args.uncompressed;
    request.compress = args.compress;
    engine::Engine engine{engine_options(invocation)};
    ProgressPrinter progress{args.quiet};
    engine::save_images(engine, request, progress);
    return 0;
}

int copy(const Invocation& invocation, ImageCopyArgs& args)
{
    engine::CopyImageRequest request;
    request.from = args.words[0];
    request.to = args.words[1];
    request.from_transport = request.to_transport = request.platform = args.options;
    const auto set = [](PullOptions& options, const auto& credentials, const auto& tls_verify, const std::string& authfile,
                        const std::string& cert_dir) {
        if (credentials)
            options.credentials = credentials;
        if (tls_verify)
            options.tls_verify = tls_verify;
        if (!authfile.empty())
            options.authfile = authfile;
        if (!cert_dir.empty())
            options.cert_dir = cert_dir;
    };
    set(request.from_transport, args.source_credentials, args.source_tls_verify, args.source_authfile, args.source_cert_dir);
    set(request.to_transport, args.destination_credentials, args.destination_tls_verify, args.destination_authfile,
        args.destination_cert_dir);
    request.all = args.all || args.multi_arch == "all";
    request.index_only = !args.all && args.multi_arch == "index-only";
    request.send = make_send_options(args.format);
    request.send.preserve_digests = args.preserve_digests;
    engine::Engine engine{engine_options(invocation)};
    std::string digest;
    {
        ProgressPrinter progress{args.quiet};
        digest = engine::copy_image(engine, request, progress);
    }
    save_digest(args.digest_file, digest);
    return 0;
}

engine::ScpPlace read_place(const std::string& word)
{
    const std::size_t colons = word.find("::");
    if (colons == std::string::npos)
        return {"", word};
    if (colons == 0)
        throw usage_error(cat("invalid place ", quoted(word), ": it begins without a host"));
    return {word.substr(0, colons), word.substr(colons + 2)};
}

int scp(const Invocation& invocation, ImageScpArgs& args)
{
    engine::ScpRequest request;
    request.from = read_place(args.words[0]);
    if (args.words.size() > 1)
        request.to = read_place(args.words[1]);
    request.format = disk_format(args.format);
    engine::Engine engine{engine_options(invocation)};
    std::string lines;
    {
        ProgressPrinter progress{args.quiet};
        lines = engine::copy_between_machines(engine, request, progress);
    }
    print(lines);
    return 0;
}

constexpr Option push_options[] = {
    option<&PushArgs::compress>("compress", 0, "", "Compress layers that go into a dir:"),
    option<&PushArgs::digest_file>("digestfile", 0, "FILE", "Write the digest of the manifest there to a file")
        .completes(Completes::Files),
    refused("encrypt-layer", 0, "LAYER", no_encryption).many(),
    refused("encryption-key", 0, "KEY", no_encryption).many(),
    option<&PushArgs::quiet>("quiet", 'q', "", "No progress"),
};
constexpr UsedGroup push_groups[] = {
    uses<&PushArgs::format>(format_options),
    uses<&PushArgs::format>(signing_options),
    uses<&PushArgs::options>(registry_options),
};

constexpr Option save_options[] = {
    option<&SaveArgs::compress>("compress", 0, "", "Compress the layers of a docker-dir"),
    option<&SaveArgs::format>("format", 0, "FORMAT", "What to write")
        .one_of("docker-archive, docker-dir, oci-archive, oci-dir")
        .defaults("docker-archive"),
    option<&SaveArgs::multi_image>("multi-image-archive", 'm', "", "Every word is an image, and none a further name"),
    option<&SaveArgs::output>("output", 'o', "FILE", "Write to a file or directory instead of standard output")
        .completes(Completes::Files),
    refused("platform", 0, "OS/ARCH", "an image here is for one platform").unlisted(),
    option<&SaveArgs::quiet>("quiet", 'q', "", "No progress"),
    option<&SaveArgs::uncompressed>("uncompressed", 0, "", "Do not compress the layers of an oci-archive or oci-dir"),
};

constexpr Option copy_options[] = {
    option<&ImageCopyArgs::all>("all", 'a', "", "All images of a list, and the list"),
    option<&ImageCopyArgs::destination_authfile>("dest-authfile", 0, "FILE", "Credentials file for the destination")
        .completes(Completes::Files),
    option<&ImageCopyArgs::destination_cert_dir>("dest-cert-dir", 0, "DIR", "Certificates and keys for the destination")
        .completes(Completes::Directories),
    option<&ImageCopyArgs::destination_credentials>("dest-creds", 0, "USER[:PASSWORD]",
                                                    "Credentials for the destination"),
    option<&ImageCopyArgs::destination_tls_verify>("dest-tls-verify", 0, "",
                                                   "Require HTTPS of the destination and check its certificate"),
    option<&ImageCopyArgs::digest_file>("digestfile", 0, "FILE", "Write the digest of the copy to a file")
        .completes(Completes::Files),
    option<&ImageCopyArgs::multi_arch>("multi-arch", 0, "WHICH", "Which images of a list to copy")
        .one_of("system, all, index-only")
        .defaults("system"),
    option<&ImageCopyArgs::preserve_digests>("preserve-digests", 0, "", "Fail rather than change a manifest"),
    option<&ImageCopyArgs::source_authfile>("src-authfile", 0, "FILE", "Credentials file for the source")
        .completes(Completes::Files),
    option<&ImageCopyArgs::source_cert_dir>("src-cert-dir", 0, "DIR", "Certificates and keys for the source")
        .completes(Completes::Directories),
    option<&ImageCopyArgs::source_credentials>("src-creds", 0, "USER[:PASSWORD]", "Credentials for the source"),
    option<&ImageCopyArgs::source_tls_verify>("src-tls-verify", 0, "",
                                              "Require HTTPS of the source and check its certificate"),
};
constexpr UsedGroup copy_groups[] = {
    uses<&ImageCopyArgs::format>(format_options),
    uses<&ImageCopyArgs::format>(signing_options),
    uses<&ImageCopyArgs::options>(image_choice_options),
    uses<&ImageCopyArgs::options>(registry_options),
};

constexpr Option scp_options[] = {
    option<&ImageScpArgs::format>("format", 0, "FORMAT", "What goes over the line")
        .one_of("docker-archive, oci-archive")
        .defaults("docker-archive"),
    option<&ImageScpArgs::quiet>("quiet", 'q', "", "No progress"),
};

constexpr Command commands[] = {
    {
        .paths = {"push", "image push"},
        .summary = "Send an image to a registry",
        .description = "Sends an image or a list of images to a registry, or to docker-archive:FILE[:NAME], "
                       "oci-archive:FILE[:NAME], oci:DIR[:NAME] or dir:DIR. Layers that the registry has are not sent.",
        .examples = "push registry.example.org/team/app:1\npush app docker://registry.example.org/team/app:1\n"
                    "push app oci-archive:app.tar",
        .operands = operands<&PushArgs::words>("IMAGE [DESTINATION]", 1, 2, Completes::Images),
        .options = push_options,
        .groups = push_groups,
        .needs = Needs::UserNamespace,
        .body = body<PushArgs, push>,
    },
    {
        .paths = {"save", "image save"},
        .summary = "Save images to an archive",
        .description = "Writes images to an archive or a directory, which `load` reads on another machine.",
        .examples = "save -o app.tar app\nsave app db | gzip > both.tar.gz\nsave --format oci-dir -o layout app",
        .operands = operands<&SaveArgs::images>("IMAGE [IMAGE...]", 1, Operands::many, Completes::Images),
        .options = save_options,
        .needs = Needs::UserNamespace,
        .body = body<SaveArgs, save, finish_save>,
    },
    {
        .paths = {"image copy"},
        .summary = "Copy an image from one place to another",
        .description = "Copies an image between registries, archives, directories and the store without unpacking it. Both "
                       "places need a transport in front.",
        .examples = "image copy docker://docker.io/library/debian:12 docker://registry.example.org/debian:12\n"
                    "image copy --all docker://alpine oci:layout:alpine\n"
                    "image copy oci-archive:app.tar containers-storage:app",
        .operands = operands<&ImageCopyArgs::words>("SOURCE DESTINATION", 2, 2),
        .options = copy_options,
        .groups = copy_groups,
        .body = body<ImageCopyArgs, copy>,
    },
    {
        .paths = {"image scp"},
        .summary = "Copy an image to or from another machine",
        .description = "Copies an image through ssh: `save` on one side, `load` on the other.",
        .examples = "image scp app user@host::\nimage scp user@host::app\nimage scp ssh://host:2222::app other::app:copy",
        .operands = operands<&ImageScpArgs::words>("[HOST::]IMAGE [HOST::[NAME]]", 1, 2, Completes::Images),
        .options = scp_options,
        .needs = Needs::UserNamespace,
        .body = body<ImageScpArgs, scp>,
    },
};

} // namespace

const std::span<const Command> push_commands{commands};

} // namespace skiff::cli
