#include "store/blob_places.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::store::blob_places {
namespace {

constexpr const char* file_name = "blob-places.json";
constexpr std::size_t most_layers = 4000;
constexpr std::size_t most_blobs = 4; ///< of one layer
constexpr std::size_t most_repositories = 4;

Places parse(const std::string& text)
{
    Places places;
    const nlohmann::json document = text::parse_strict_json(text);
    for (const auto& [diff_id, blobs] : document.items())
        for (const nlohmann::json& each : blobs) {
            const text::JsonFields fields{each, diff_id};
            places[diff_id].push_back({fields.text("digest"), fields.unsigned_integer("size"), fields.text("type"),
                                       fields.texts("repositories")});
        }
    return places;
}

std::string serialize(const Places& places)
{
    nlohmann::json document = nlohmann::json::object();
    for (const auto& [diff_id, blobs] : places)
        for (const KnownBlob& blob : blobs)
            document[diff_id].push_back({{"digest", blob.digest},
                                         {"size", blob.size},
                                         {"type", blob.media_type},
                                         {"repositories", blob.repositories}});
    return document.dump();
}

/// The latest goes to the front.
void merge(std::vector<KnownBlob>& known, KnownBlob fresh)
{
    const auto same = std::find_if(known.begin(), known.end(),
                                   [&](const KnownBlob& blob) { return blob.digest == fresh.digest; });
    if (same != known.end()) {
        for (const std::string& repository : same->repositories)
            if (std::find(fresh.repositories.begin(), fresh.repositories.end(), repository) == fresh.repositories.end())
                fresh.repositories.push_back(repository);
        known.erase(same);
    }
    fresh.repositories.resize(std::min(fresh.repositories.size(), most_repositories));
    known.insert(known.begin(), std::move(fresh));
    known.resize(std::min(known.size(), most_blobs));
}

} // namespace

Places load(const Root& root)
{
    try {
        const auto text = find_record(root.data(), file_name);
        return text ? parse(*text) : Places{};
    } catch (const Error& error) {
        log::debug(cat("reading ", file_name, ": ", error.message(), "; ignored"));
        return {};
    }
}

void add(const Root& root, const Places& more)
{
    if (more.empty())
        return;
    const FileLock lock = root.lock("blob-places");
    Places places = load(root);
    for (const auto& [diff_id, blobs] : more)
        for (const KnownBlob& blob : blobs)
            merge(places[diff_id], blob);
    // What goes is as good as any: it costs an upload at worst.
    for (auto it = places.begin(); places.size() > most_layers && it != places.end();)
        it = more.contains(it->first) ? std::next(it) : places.erase(it);
    save_atomically(root.data(), file_name, serialize(places), Durability::None);
}

} // namespace skiff::store::blob_places
