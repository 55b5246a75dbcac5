#include "engine/build_cache_place.hpp"

#include "base/error.hpp"
#include "engine/option_fields.hpp"
#include "oci/reference.hpp"

#include <filesystem>

namespace skiff::engine {
namespace {

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

CachePlace parse_repository(const std::string& text)
{
    const oci::Reference reference = while_doing(cat("unable to parse value ", quoted(text)), [&] { return oci::Reference::parse_normalized(text); });
    if (!reference.tag.empty() || reference.digest)
        throw Error{ErrorKind::Usage, cat("unable to parse value ", quoted(text), ": repository must contain neither a tag nor digest")};
    return {"docker", reference.name(), false};
}

CachePlace parse(const std::string& text, const std::string& option, const char* directory_key)
{
    if (text.starts_with('/') || text.starts_with('.'))
        return {"oci", absolute(text), false};
    if (text.find('=') == std::string::npos)
        return parse_repository(text);
    OptionFields fields{text};
    const std::string type = fields.take("type");
    const std::string key = type == "local" ? directory_key : "ref";
    if (type != "local" && type != "registry")
        throw Error{ErrorKind::Usage, cat(option, " ", quoted(text), ": a cache of type ", quoted(type), " is not supported")}.with_hint(
            cat("type=registry,ref=REPOSITORY or type=local,", directory_key, "=DIRECTORY"));
    const std::string place = fields.take(key);
    if (place.empty())
        throw Error{ErrorKind::Usage, cat(option, " ", quoted(text), ": ", key, "= is missing")};
    CachePlace parsed = type == "local" ? CachePlace{"oci", absolute(place), false} : parse_repository(place);
    const std::string mode = fields.take("mode");
    if (mode != "" && mode != "min" && mode != "max")
        throw Error{ErrorKind::Usage, cat(option, " ", quoted(text), ": mode is min or max")};
    parsed.only_target = mode == "min";
    if (const auto left = fields.find_left())
        throw Error{ErrorKind::Usage, cat(option, " ", quoted(text), ": ", quoted(*left), " is not known")};
    return parsed;
}

} // namespace

registry::TransportName CachePlace::image_of(const std::string& key) const { return {transport, cat(place, ":", key)}; }

CachePlace parse_cache_source(const std::string& text) { return parse(text, "--cache-from", "src"); }

CachePlace parse_cache_destination(const std::string& text) { return parse(text, "--cache-to", "dest"); }

} // namespace skiff::engine
