#include "registry/oci_layout.hpp"

#include "base/error.hpp"
#include "oci/index.hpp"
#include "oci/media_type.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::registry {
namespace {

void require_version(const ImageFiles& files)
{
    const nlohmann::json document = text::parse_strict_json(files.read("oci-layout", 64U << 10U));
    const std::string version = text::JsonFields{document}.text("imageLayoutVersion");
    if (!version.starts_with("1."))
        throw Error{ErrorKind::Failure, cat("unsupported OCI image layout version ", skiff::quoted(version))};
}

/// containerd's annotation is the whole name where OCI's is often the tag alone.
std::string written_name(const oci::Descriptor& entry)
{
    for (const char* key : {"io.containerd.image.name", "org.opencontainers.image.ref.name"})
        if (const auto name = entry.annotations.find(key); name != entry.annotations.end() && !name->second.empty())
            return name->second;
    return {};
}

/// A name without a registry belongs to this machine, as for Podman. Nothing when it is no name at all.
std::optional<oci::Reference> find_reference(const std::string& name)
{
    try {
        const oci::Reference reference = oci::Reference::parse(name);
        return (reference.has_registry() ? reference : reference.in_registry("localhost")).with_default_tag();
    } catch (const Error&) { // the annotation is free text
        return std::nullopt;
    }
}

struct Group
{
    std::vector<std::string> names;
    std::vector<oci::Descriptor> entries;
};

bool same_place(const oci::Descriptor& left, const oci::Descriptor& right) { return left.platform == right.platform; }

/// Attestations and other things that are no images are left out: they have the platform "unknown".
bool is_image(const oci::Descriptor& entry)
{
    return (oci::media_type::is_manifest(entry.media_type) || oci::media_type::is_index(entry.media_type)) &&
           entry.artifact_type.empty() && !(entry.platform && entry.platform->os == "unknown");
}

std::vector<Group> group_entries(const oci::Index& index)
{
    std::vector<Group> groups;
    for (const oci::Descriptor& entry : index.manifests) {
        if (!is_image(entry))
            continue;
        const std::string name = written_name(entry);
        const auto known = std::ranges::find_if(groups, [&](const Group& group) {
            const bool same_digest =
                std::ranges::any_of(group.entries, [&](const auto& other) { return other.digest == entry.digest; });
            const bool same_name =
                name.empty() ? group.names.empty() : std::ranges::find(group.names, name) != group.names.end();
            const bool other_platform = entry.platform && std::ranges::none_of(group.entries, [&](const auto& other) {
                                            return !other.platform || same_place(other, entry);
                                        });
            return same_digest || (same_name && other_platform);
        });
        Group& group = known != groups.end() ? *known : groups.emplace_back();
        if (!name.empty() && std::ranges::find(group.names, name) == group.names.end())
            group.names.push_back(name);
        if (std::ranges::none_of(group.entries, [&](const auto& other) { return other.digest == entry.digest; }))
            group.entries.push_back(entry);
    }
    return groups;
}

std::optional<FilePiece> find_layout_blob(const ImageFiles& files, const oci::Digest& digest)
{
    return files.find(cat("blobs/", digest.algorithm, "/", digest.hex));
}

/// What stands for the group: the only entry's own document, or an index of them all.
void set_document(LocalImage& image, const Group& group, const ImageFiles& files)
{
    if (group.entries.size() > 1) {
        oci::Index index;
        index.media_type = oci::media_type::oci_index;
        index.manifests = group.entries;
        image.document = index.serialize();
        image.document_type = index.media_type;
        return;
    }
    const oci::Descriptor& entry = group.entries[0];
    const auto piece = find_layout_blob(files, entry.digest);
    if (!piece)
        throw Error{ENOENT, cat("reading manifest ", entry.digest.text(), " of ", image.shown)};
    image.document = read_piece(*piece, oci::max_manifest_bytes, entry.digest.text());
    image.document_type = entry.media_type;
    oci::verify(entry.digest, image.document, cat("manifest of ", image.shown));
}

} // namespace

std::vector<LayoutImage> read_oci_layout(const std::shared_ptr<const ImageFiles>& files, const std::string& shown)
{
    require_version(*files);
    const oci::Index index = while_doing(
        "reading index.json", [&] { return oci::Index::parse(files->read("index.json", oci::max_manifest_bytes)); });
    std::vector<LayoutImage> images;
    for (const Group& group : group_entries(index)) {
        LayoutImage found;
        found.written_names = group.names;
        found.image.shown = group.names.empty() ? shown : cat(shown, ":", group.names[0]);
        for (const std::string& name : group.names)
            if (auto reference = find_reference(name))
                found.image.names.push_back(std::move(*reference));
        found.image.find_blob = [files](const oci::Digest& digest) { return find_layout_blob(*files, digest); };
        set_document(found.image, group, *files);
        images.push_back(std::move(found));
    }
    return images;
}

} // namespace skiff::registry
