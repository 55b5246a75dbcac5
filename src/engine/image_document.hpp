#pragma once

#include "engine/engine.hpp"

#include <nlohmann/json_fwd.hpp>
#include <vector>

/// Images as JSON shows them, in Podman's shapes.
namespace skiff::engine {

/// ImageSummary for each.
/// What has to be found out from other records: parent, sharing, containers, dangling. A plain list needs none of it.
enum class Relations { Yes, No };
nlohmann::ordered_json make_image_summaries(Engine& engine, const std::vector<store::Image>& images,
                                            Relations relations = Relations::Yes);

/// ImageData: image inspect.
nlohmann::ordered_json make_image_document(Engine& engine, const store::Image& image);
/// For templates, which may name any field of the configuration: those that are empty, and not in the document, are there.
nlohmann::ordered_json make_image_template_view(nlohmann::ordered_json document);
/// The same for what a user calls `text`. Throws Error(NotFound) `X: image not known`.
nlohmann::ordered_json inspect_image(Engine& engine, const std::string& text);

/// ImageHistoryLayer for each step, newest first.
nlohmann::ordered_json make_image_history(Engine& engine, const std::string& text);

} // namespace skiff::engine
