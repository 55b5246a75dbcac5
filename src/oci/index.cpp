#include "oci/index.hpp"

#include "oci/document.hpp"
#include "oci/manifest.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace skiff::oci {

Index Index::parse(std::string_view text, std::string_view declared_type)
{
    const nlohmann::json json = text::parse_strict_json(text, {.bytes = max_manifest_bytes});
    DocumentType type = type_of_document(json, declared_type);
    if (type.kind != DocumentKind::Index)
        throw Error{ErrorKind::Failure, "expected an image index, got an image manifest"};
    const text::JsonFields fields{json};

    Index index;
    index.media_type = std::move(type.media_type);
    for (const text::JsonFields& entry : fields.objects("manifests")) {
        if (index.manifests.size() == max_index_entries)
            throw fields.complain("manifests", cat("has more than ", max_index_entries, " entries"));
        index.manifests.push_back(parse_descriptor(entry));
    }
    index.annotations = fields.text_map("annotations");
    return index;
}

std::string Index::serialize() const
{
    nlohmann::ordered_json json{{"schemaVersion", 2}, {"mediaType", media_type}};
    json["manifests"] = nlohmann::ordered_json::array();
    for (const Descriptor& manifest : manifests)
        json["manifests"].push_back(to_json(manifest));
    if (!annotations.empty())
        json["annotations"] = annotations;
    return json.dump();
}

const Descriptor& Index::choose(const Platform& wanted) const
{
    std::vector<Platform> offered;
    for (const Descriptor& manifest : manifests)
        offered.push_back(manifest.platform.value_or(Platform{}));
    if (const auto best = find_best(offered, wanted))
        return manifests[*best];
    if (manifests.size() == 1 && !manifests[0].platform)
        return manifests[0];
    const Platform normal = wanted.normalized();
    throw Error{ErrorKind::Failure,
                cat("no image found in image index for architecture \"", printable(normal.architecture),
                    "\", variant \"", printable(normal.variant), "\", OS \"", printable(normal.os), "\"")};
}

} // namespace skiff::oci
