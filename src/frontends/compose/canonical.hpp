#pragma once

#include "frontends/compose/schema.hpp"
#include "frontends/compose/node.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// What is said of a key that has no effect.
struct KeyWarning
{
    std::string service; ///< whose key it is; empty elsewhere
    std::string text;
};

struct CanonicalOptions
{
    std::string directory;         ///< relative paths stand for this one; empty: they stay relative
    std::string home;              ///< what ~ stands for
    std::vector<KeyWarning>* warnings = nullptr;
};

/// Checks one file's content against the schema and brings it to its long form: short forms become mappings, lists of K=V mappings,
/// commands lists of words; relative paths become absolute. Nothing is known about other files yet, so references are not checked.
/// Throws Error "FILE:LINE: services.X Additional property Y is not allowed", "services.X.ports must be a list" ..., with a hint.
Node make_canonical(const Node& document, const CanonicalOptions& options);

/// The same for one value; `path` is what messages call it.
Node make_canonical(const Node& value, const Key& key, const std::string& path, const CanonicalOptions& options);

} // namespace skiff::compose
