// An archive's digests must be known before its layer can be claimed, so it is read twice: here, and by the unpack
// worker.

#include "engine/import.hpp"

#include "archive/compression.hpp"
#include "archive/stream.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/image_changes.hpp"
#include "engine/image_event.hpp"
#include "engine/pull.hpp"
#include "engine/tag_image.hpp"
#include "oci/media_type.hpp"
#include "registry/download.hpp"
#include "registry/local_source.hpp"
#include "registry/tar_files.hpp"
#include "text/address.hpp"
#include "text/time_format.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

void drain(archive::ByteSource& source, int into = -1)
{
    std::vector<char> buffer(256U << 10U);
    while (const std::size_t size = source.read(buffer.data(), buffer.size()))
        if (into >= 0)
            write_all(into, {buffer.data(), size}, "temporary file");
}

void rewind(const UniqueFd& file)
{
    if (::lseek(file.get(), 0, SEEK_SET) != 0)
        throw Error{errno, "reading an archive again"};
}

/// The archive as a file that can be read several times.
UniqueFd open_archive(const std::string& archive, Progress& progress)
{
    if (text::is_web_address(archive)) {
        progress.say(cat("Downloading from ", quoted(archive)));
        return registry::download(archive, registry::ConfigPlaces::from_environment(), {});
    }
    UniqueFd file;
    if (archive != "-") {
        file = open_at(AT_FDCWD, archive, O_RDONLY);
        struct stat status
        {
        };
        if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode))
            return file;
        if (S_ISDIR(status.st_mode))
            throw Error{EISDIR, cat("reading ", quoted(archive))};
    }
    UniqueFd stored = registry::open_temporary_file({});
    archive::FdSource stream{file ? file.get() : STDIN_FILENO};
    drain(stream, stored.get());
    rewind(stored);
    return stored;
}

struct Layer
{
    std::shared_ptr<const UniqueFd> file;
    oci::Descriptor descriptor;
    oci::Digest diff_id;
};

Layer measure(UniqueFd file, const std::string& shown)
{
    Layer layer;
    archive::FdSource bytes{file.get()};
    archive::HashingSource stored{bytes};
    archive::DecompressingSource unpacked{stored};
    archive::HashingSource plain{unpacked};
    while_doing(cat("reading ", quoted(shown)), [&] {
        drain(plain);
        drain(stored);
    });
    rewind(file);
    const archive::Compression compression = unpacked.compression();
    layer.diff_id = oci::Digest::parse(plain.finish_digest());
    layer.descriptor.digest = oci::Digest::parse(stored.finish_digest());
    layer.descriptor.size = stored.size();
    layer.descriptor.media_type = compression == archive::Compression::Gzip   ? oci::media_type::oci_layer_gzip
                                  : compression == archive::Compression::Zstd ? oci::media_type::oci_layer_zstd
                                                                              : oci::media_type::oci_layer;
    layer.file = std::make_shared<const UniqueFd>(std::move(file));
    return layer;
}

oci::ImageConfig make_image_config(const ImportRequest& request, const Layer& layer)
{
    oci::ImageConfig config;
    config.created = text::format_rfc3339_nano(wall_now());
    config.platform = oci::Platform::host();
    if (!request.architecture.empty())
        config.platform.architecture = request.architecture;
    if (!request.os.empty())
        config.platform.os = request.os;
    if (!request.variant.empty())
        config.platform.variant = request.variant;
    apply_changes(config.config, request.changes);
    config.diff_ids = {layer.diff_id};
    oci::HistoryEntry step;
    step.created = config.created;
    step.created_by = cat("/bin/sh -c #(nop) ADD file:", layer.diff_id.hex, " in /");
    step.comment = request.message.empty() ? cat("Imported from ", request.archive) : request.message;
    config.history = {step};
    config.comment = step.comment;
    return config;
}

std::shared_ptr<const UniqueFd> in_memory(const std::string& text)
{
    UniqueFd file{::memfd_create("skiff-config", MFD_CLOEXEC)};
    if (!file)
        throw Error{errno, "making a file in memory"};
    write_all(file.get(), text, "memory");
    return std::make_shared<const UniqueFd>(std::move(file));
}

} // namespace

std::string import_image(Engine& engine, const ImportRequest& request, Progress& progress)
{
    std::vector<std::string> names;
    if (!request.name.empty())
        names.push_back(make_new_name(request.name).text());
    const Layer layer = measure(open_archive(request.archive, progress), request.archive);
    const std::string config = make_image_config(request, layer).serialize();
    oci::Manifest manifest;
    manifest.media_type = oci::media_type::oci_manifest;
    manifest.config.media_type = oci::media_type::oci_config;
    manifest.config.digest = oci::Digest::of(config);
    manifest.config.size = config.size();
    manifest.layers = {layer.descriptor};

    registry::LocalImage image;
    image.shown = request.archive;
    image.document = manifest.serialize();
    image.document_type = manifest.media_type;
    image.find_blob = [&, config_file =
                              in_memory(config)](const oci::Digest& digest) -> std::optional<registry::FilePiece> {
        if (digest == manifest.config.digest)
            return registry::FilePiece{config_file, 0, config.size()};
        if (digest == layer.descriptor.digest)
            return registry::FilePiece{layer.file, 0, layer.descriptor.size};
        return std::nullopt;
    };
    const auto source = registry::open_local_image(std::move(image), -1);
    const store::Image stored = store_image(engine, *source, source->resolve(oci::Platform::host()), names, progress);
    add_image_event(engine.store(), "import", stored.id, names.empty() ? stored.id : names.front());
    return stored.id;
}

} // namespace skiff::engine
