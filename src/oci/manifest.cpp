#include "oci/manifest.hpp"

#include "oci/document.hpp"
#include "oci/image_config.hpp"
#include "oci/media_type.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace skiff::oci {

Manifest Manifest::parse(std::string_view text, std::string_view declared_type)
{
    const nlohmann::json json = text::parse_strict_json(text, {.bytes = max_manifest_bytes});
    DocumentType type = type_of_document(json, declared_type);
    if (type.kind != DocumentKind::Manifest)
        throw Error{ErrorKind::Failure, "expected an image manifest, got an image index"};
    const text::JsonFields fields{json};

    Manifest manifest;
    manifest.media_type = std::move(type.media_type);
    manifest.config = parse_descriptor(fields.object("config"));
    if (manifest.config.media_type != media_type::docker_config && manifest.config.media_type != media_type::oci_config)
        throw Error{ErrorKind::Failure, cat("not a container image: its configuration has type ",
                                            skiff::quoted(manifest.config.media_type))};
    if (manifest.config.size > max_config_bytes)
        throw fields.complain("config.size", cat("is more than ", max_config_bytes));
    for (const text::JsonFields& entry : fields.objects("layers")) {
        if (manifest.layers.size() == max_layers)
            throw fields.complain("layers", cat("has more than ", max_layers, " entries"));
        Descriptor layer = parse_descriptor(entry);
        // R35: a layer that we do not understand must not be left out silently, the image would be another one.
        if (!media_type::is_layer(layer.media_type))
            throw Error{ErrorKind::Failure, cat("unsupported layer type ", skiff::quoted(layer.media_type))};
        manifest.layers.push_back(std::move(layer));
    }
    manifest.annotations = fields.text_map("annotations");
    return manifest;
}

std::string Manifest::serialize() const
{
    nlohmann::ordered_json json{{"schemaVersion", 2}, {"mediaType", media_type}, {"config", to_json(config)}};
    json["layers"] = nlohmann::ordered_json::array();
    for (const Descriptor& layer : layers)
        json["layers"].push_back(to_json(layer));
    if (!annotations.empty())
        json["annotations"] = annotations;
    return json.dump();
}

void require_same_layers(const Manifest& manifest, const ImageConfig& config)
{
    if (manifest.layers.size() != config.diff_ids.size())
        throw Error{ErrorKind::Failure, cat("the image is inconsistent: its manifest has ", manifest.layers.size(),
                                            " layers and its configuration names ", config.diff_ids.size())};
}

} // namespace skiff::oci
