#include "engine/send_index.hpp"

#include "base/error.hpp"
#include "oci/media_type.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

namespace media_type = oci::media_type;

constexpr const char* zstd_mark = "io.github.containers.compression.zstd";

oci::Descriptor send_part(const IndexPart& part, registry::ImageDestination& destination, const SendOptions& options,
                          store::blob_places::Places& places, SentImage& all, Progress& progress)
{
    const auto image = part.open();
    const SentImage sent = send_image(*image, destination, options, places, progress);
    for (const auto& [diff_id, blobs] : sent.learned) { // the next part may have the same layers
        places[diff_id] = blobs;
        all.learned[diff_id] = blobs;
    }
    oci::Descriptor entry = part.entry;
    entry.media_type = sent.media_type;
    entry.digest = sent.digest;
    entry.size = sent.manifest.size();
    return entry;
}

std::string index_type(const oci::Index& index, const std::string& kind)
{
    if (kind == "docker")
        return std::string{media_type::docker_index};
    const bool has_annotations =
        !index.annotations.empty() || std::any_of(index.manifests.begin(), index.manifests.end(),
                                                  [](const oci::Descriptor& entry) { return !entry.annotations.empty(); });
    const bool has_oci = std::any_of(index.manifests.begin(), index.manifests.end(), [](const oci::Descriptor& entry) {
        return entry.media_type == media_type::oci_manifest;
    });
    return std::string{kind == "oci" || has_oci || has_annotations ? media_type::oci_index : media_type::docker_index};
}

} // namespace

SentImage send_index(const registry::RawDocument& original, const std::vector<IndexPart>& parts,
                     registry::ImageDestination& destination, const SendOptions& options,
                     const std::vector<archive::Compression>& add_compression, const store::blob_places::Places& places,
                     Progress& progress)
{
    if (!destination.takes_indexes())
        throw Error{ErrorKind::Usage, cat(destination.shown_name(), " has no room for a list of images")};
    SentImage all;
    store::blob_places::Places known = places;
    SendOptions each = options;
    each.is_part = true;
    oci::Index index = oci::Index::parse(original.bytes, original.media_type);
    const oci::Index before = index;
    index.manifests.clear();
    std::size_t number = 0;
    for (const IndexPart& part : parts) {
        ++number;
        if (!part.open) {
            index.manifests.push_back(part.entry);
            continue;
        }
        progress.say(cat("Copying image ", part.entry.digest.text(), " (", number, "/", parts.size(), ")"));
        index.manifests.push_back(send_part(part, destination, each, known, all, progress));
    }
    for (const archive::Compression compression : add_compression)
        for (const IndexPart& part : parts) {
            if (!part.open)
                continue;
            SendOptions other = each;
            other.compression = compression;
            other.force_compression = true;
            IndexPart again = part;
            if (compression == archive::Compression::Zstd) {
                other.manifest_kind = "oci";
                again.entry.annotations[zstd_mark] = "true";
            }
            progress.say(cat("Copying image ", part.entry.digest.text(), " with ", to_string(compression)));
            oci::Descriptor entry = send_part(again, destination, other, known, all, progress);
            if (std::none_of(index.manifests.begin(), index.manifests.end(),
                             [&](const oci::Descriptor& there) { return there.digest == entry.digest; }))
                index.manifests.push_back(std::move(entry));
        }
    const std::string kind = options.manifest_kind.empty() ? destination.manifest_kind() : options.manifest_kind;
    index.media_type = index_type(index, kind);
    const bool same_kind = kind.empty() || (kind == "docker") == (before.media_type == media_type::docker_index);
    if (index.manifests == before.manifests && same_kind) {
        all.manifest = original.bytes;
        all.media_type = before.media_type;
    } else if (options.preserve_digests) {
        throw Error{ErrorKind::Failure, cat("the list would have to be changed for ", destination.shown_name(),
                                            ", and its digest shall be preserved")};
    } else {
        if (kind == "docker")
            index.annotations.clear();
        all.manifest = index.serialize();
        all.media_type = index.media_type;
    }
    all.digest = oci::Digest::of(all.manifest);
    progress.say("Writing manifest list to image destination");
    destination.put_manifest(all.manifest, all.media_type, false);
    return all;
}

} // namespace skiff::engine
