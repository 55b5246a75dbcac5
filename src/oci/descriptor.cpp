#include "oci/descriptor.hpp"

#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace skiff::oci {
namespace {

Platform parse_platform(const text::JsonFields& fields)
{
    Platform platform;
    platform.os = fields.text_or("os", "");
    platform.architecture = fields.text_or("architecture", "");
    platform.variant = fields.text_or("variant", "");
    platform.os_version = fields.text_or("os.version", "");
    platform.os_features = fields.texts("os.features");
    return platform;
}

nlohmann::ordered_json to_json(const Platform& platform)
{
    nlohmann::ordered_json json{{"architecture", platform.architecture}, {"os", platform.os}};
    if (!platform.variant.empty())
        json["variant"] = platform.variant;
    if (!platform.os_version.empty())
        json["os.version"] = platform.os_version;
    if (!platform.os_features.empty())
        json["os.features"] = platform.os_features;
    return json;
}

} // namespace

Descriptor parse_descriptor(const text::JsonFields& fields)
{
    Descriptor descriptor;
    descriptor.media_type = fields.text("mediaType");
    const std::string digest = fields.text("digest");
    try {
        descriptor.digest = Digest::parse(digest);
    } catch (const Error& error) { // with the place's name in front
        throw fields.complain("digest", cat("is an ", error.message()));
    }
    descriptor.size = fields.unsigned_integer("size");
    descriptor.annotations = fields.text_map("annotations");
    if (const auto platform = fields.find_object("platform"))
        descriptor.platform = parse_platform(*platform);
    descriptor.artifact_type = fields.text_or("artifactType", "");
    return descriptor;
}

nlohmann::ordered_json to_json(const Descriptor& descriptor)
{
    nlohmann::ordered_json json{
        {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
    if (!descriptor.annotations.empty())
        json["annotations"] = descriptor.annotations;
    if (descriptor.platform)
        json["platform"] = to_json(*descriptor.platform);
    if (!descriptor.artifact_type.empty())
        json["artifactType"] = descriptor.artifact_type;
    return json;
}

} // namespace skiff::oci
