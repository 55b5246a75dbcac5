#pragma once

#include "oci/digest.hpp"
#include "oci/platform.hpp"

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace skiff::text {
class JsonFields;
}

namespace skiff::oci {

/// Names a blob. `urls` of foreign layers are read over and never fetched (security.md R35).
struct Descriptor
{
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0; ///< bytes
    std::map<std::string, std::string> annotations;
    std::optional<Platform> platform; ///< in an index only
    std::string artifact_type;

    bool operator==(const Descriptor&) const = default;
};

Descriptor parse_descriptor(const text::JsonFields& fields);
nlohmann::ordered_json to_json(const Descriptor& descriptor);

} // namespace skiff::oci
