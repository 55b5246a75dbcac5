#include "registry/docker_archive.hpp"

#include "archive/compression.hpp"
#include "base/error.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

std::string first_bytes(const FilePiece& piece)
{
    return read_piece({piece.file, piece.offset, std::min<std::uint64_t>(piece.size, 6)}, 6, "layer");
}

oci::Digest hash_piece(const FilePiece& piece)
{
    Sha256 hash;
    std::array<char, 128U << 10U> buffer; // NOLINT: filled by pread
    for (std::uint64_t done = 0; done < piece.size;) {
        const std::size_t room = std::min<std::uint64_t>(buffer.size(), piece.size - done);
        const ssize_t got = ::pread(piece.file->get(), buffer.data(), room, static_cast<off_t>(piece.offset + done));
        if (got <= 0)
            throw Error{got < 0 ? errno : EIO, "reading a layer"};
        hash.update({buffer.data(), static_cast<std::size_t>(got)});
        done += static_cast<std::uint64_t>(got);
    }
    return oci::Digest::parse(cat("sha256:", hash.finish_hex()));
}

/// The layer's name in the made manifest: whether the diff id tells the truth about a plain one shows when it is
/// unpacked.
oci::Descriptor describe_layer(const FilePiece& piece, const oci::Digest& diff_id)
{
    oci::Descriptor descriptor;
    descriptor.size = piece.size;
    switch (archive::detect_compression(first_bytes(piece))) {
    case archive::Compression::None:
        descriptor.media_type = oci::media_type::docker_layer;
        descriptor.digest = diff_id;
        return descriptor;
    case archive::Compression::Zstd:
        descriptor.media_type = oci::media_type::oci_layer_zstd;
        break;
    default:
        descriptor.media_type = oci::media_type::docker_layer_gzip;
        break;
    }
    descriptor.digest = hash_piece(piece);
    return descriptor;
}

FilePiece require_file(const ImageFiles& files, const std::string& path)
{
    const auto piece = files.find(path);
    if (!piece)
        throw Error{ErrorKind::Failure, cat("the archive has no file ", skiff::quoted(path))};
    return *piece;
}

LocalImage read_image(const ImageFiles& files, const text::JsonFields& entry, const std::string& shown)
{
    const std::string config_path = entry.text("Config");
    const FilePiece config_piece = require_file(files, config_path);
    const std::string config_bytes = read_piece(config_piece, oci::max_config_bytes, config_path);
    const oci::ImageConfig config =
        while_doing("parsing image configuration", [&] { return oci::ImageConfig::parse(config_bytes); });
    const std::vector<std::string> layers = entry.texts("Layers");
    if (layers.size() != config.diff_ids.size())
        throw Error{ErrorKind::Failure, cat("the image has ", layers.size(), " layers and its configuration names ",
                                            config.diff_ids.size())};
    std::map<oci::Digest, FilePiece> blobs;
    oci::Manifest manifest;
    manifest.media_type = oci::media_type::docker_manifest;
    manifest.config.media_type = oci::media_type::docker_config;
    manifest.config.digest = oci::Digest::of(config_bytes);
    manifest.config.size = config_bytes.size();
    blobs[manifest.config.digest] = config_piece;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const FilePiece piece = require_file(files, layers[i]);
        manifest.layers.push_back(describe_layer(piece, config.diff_ids[i]));
        blobs[manifest.layers.back().digest] = piece;
    }

    LocalImage image;
    image.shown = shown;
    image.document = manifest.serialize();
    image.document_type = manifest.media_type;
    image.find_blob = [blobs = std::move(blobs)](const oci::Digest& digest) -> std::optional<FilePiece> {
        const auto found = blobs.find(digest);
        return found == blobs.end() ? std::nullopt : std::optional{found->second};
    };
    for (const std::string& tag : entry.texts("RepoTags"))
        image.names.push_back(oci::Reference::parse_normalized(tag).with_default_tag());
    return image;
}

} // namespace

std::vector<LocalImage> read_docker_archive(const std::shared_ptr<const ImageFiles>& files, const std::string& shown)
{
    const nlohmann::json document = text::parse_strict_json(files->read("manifest.json", oci::max_manifest_bytes));
    if (!document.is_array())
        throw Error{ErrorKind::Failure, "manifest.json is not a list of images"};
    std::vector<LocalImage> images;
    for (std::size_t i = 0; i < document.size(); ++i) {
        const std::string place = document.size() > 1 ? cat(shown, ":@", i) : shown;
        images.push_back(while_doing(cat("reading ", place), [&] {
            return read_image(*files, text::JsonFields{document[i], cat("[", i, "]")}, place);
        }));
    }
    return images;
}

} // namespace skiff::registry
