#pragma once

#include "oci/descriptor.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci {

constexpr std::size_t max_index_entries = 1000; ///< R35
constexpr int max_index_nesting = 2;            ///< R35: an index in an index, no more; whoever follows them counts

/// Several manifests, for several platforms (Docker: manifest list) or several images (index.json of an OCI layout).
struct Index
{
    std::string media_type;
    std::vector<Descriptor> manifests;
    std::map<std::string, std::string> annotations;

    /// As Manifest::parse.
    static Index parse(std::string_view text, std::string_view declared_type = {});
    [[nodiscard]] std::string serialize() const;

    /// The entry that runs best on `wanted`. A single entry that does not say its platform is taken; what does not
    /// match is an Error in Podman's words.
    [[nodiscard]] const Descriptor& choose(const Platform& wanted) const;
};

} // namespace skiff::oci
