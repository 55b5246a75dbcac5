#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

struct ImageQuery
{
    std::string name; ///< only images of this name, pattern or id; empty: any
    std::vector<Filter> filters;
    bool all = false; ///< also nameless ones that only others stand on
};

/// Images, newest first. Where a name or --filter reference= chose an image, its `names` are those that fit.
/// Throws Error(Usage) `unsupported filter "x"`.
std::vector<store::Image> list_images(Engine& engine, const ImageQuery& query);

/// Whether other images stand on `image`: their layers begin with its own.
bool has_children(const store::Image& image, const std::vector<store::Image>& all);
/// The image of which `image` is a continuation by one step: same layers below, and the same history.
const store::Image* find_parent(const store::Store& store, const store::Image& image,
                                const std::vector<store::Image>& all);

/// --filter label=KEY[=VALUE] on anything that has labels; both may have wildcards.
bool has_label(const std::map<std::string, std::string>& labels, const std::string& wanted);

} // namespace skiff::engine
