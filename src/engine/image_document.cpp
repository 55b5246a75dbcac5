#include "engine/image_document.hpp"

#include "base/error.hpp"
#include "engine/image_list.hpp"
#include "store/garbage.hpp"
#include "text/row_builder.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using store::Image;

std::int64_t unix_seconds(WallTime time)
{
    return time == text::zero_time ? 0
                                   : std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

template <typename List>
Json empty_objects(const List& keys)
{
    Json object = Json::object();
    for (const auto& key : keys)
        object[key] = Json::object();
    return object;
}

Json nanoseconds(std::chrono::nanoseconds duration) { return duration.count(); }

Json describe_health(const oci::ImageHealthCheck& check)
{
    Json health{{"Test", check.test}};
    const auto add = [&](const char* key, std::chrono::nanoseconds value) {
        if (value.count() != 0)
            health[key] = nanoseconds(value);
    };
    add("StartPeriod", check.start_period);
    add("StartInterval", check.start_interval);
    add("Interval", check.interval);
    add("Timeout", check.timeout);
    if (check.retries != 0)
        health["Retries"] = check.retries;
    return health;
}

/// What is empty is left out, as in the configuration itself.
Json describe_config(const oci::ExecutionConfig& config)
{
    Json document = Json::object();
    const auto add = [&](const char* key, Json value) {
        if (!value.empty())
            document[key] = std::move(value);
    };
    if (!config.user.empty())
        document["User"] = config.user;
    add("ExposedPorts", empty_objects(config.exposed_ports));
    add("Env", config.env);
    add("Entrypoint", config.entrypoint);
    add("Cmd", config.cmd);
    add("Volumes", empty_objects(config.volumes));
    if (!config.working_dir.empty())
        document["WorkingDir"] = config.working_dir;
    add("Labels", config.labels);
    if (!config.stop_signal.empty())
        document["StopSignal"] = config.stop_signal;
    if (config.args_escaped)
        document["ArgsEscaped"] = true;
    add("OnBuild", config.on_build);
    add("Shell", config.shell);
    return document;
}

Json describe_history(const std::vector<oci::HistoryEntry>& history)
{
    Json list = Json::array();
    for (const oci::HistoryEntry& entry : history) {
        Json step = Json::object();
        if (!entry.created.empty())
            step["created"] = entry.created;
        if (!entry.created_by.empty())
            step["created_by"] = entry.created_by;
        if (!entry.author.empty())
            step["author"] = entry.author;
        if (!entry.comment.empty())
            step["comment"] = entry.comment;
        if (entry.empty_layer)
            step["empty_layer"] = true;
        list.push_back(std::move(step));
    }
    return list;
}

Json annotations_of(const store::Store& store, const Image& image)
{
    const Json manifest = Json::parse(store.images().load_manifest_text(image), nullptr, false);
    if (manifest.is_object() && manifest.contains("annotations") && manifest["annotations"].is_object())
        return manifest["annotations"];
    return Json::object();
}

/// The directories that the layers lie in: the topmost is the "upper" one.
Json describe_driver(Engine& engine, const Image& image)
{
    Json data = Json::object();
    std::string lower;
    for (std::size_t i = image.layers.size(); i-- > 0;) {
        const std::string path = engine.store().layers().diff_path(image.layers[i]);
        if (i + 1 == image.layers.size())
            data["UpperDir"] = path;
        else
            lower += (lower.empty() ? "" : ":") + path;
    }
    if (!lower.empty())
        data["LowerDir"] = lower;
    return {{"Name", "overlay"}, {"Data", std::move(data)}};
}

std::string parent_id(Engine& engine, const Image& image, const std::vector<Image>& all)
{
    const Image* parent = find_parent(engine.store(), image, all);
    return parent == nullptr ? "" : parent->id;
}

} // namespace

nlohmann::ordered_json make_image_summaries(Engine& engine, const std::vector<Image>& images, Relations relations)
{
    const bool related = relations == Relations::Yes;
    const auto sizes = related ? store::image_sizes(engine.store()) : std::map<std::string, store::ImageSizes>{};
    const auto users = related ? store::containers_by_image(engine.store()) : std::map<std::string, std::vector<std::string>>{};
    const std::vector<Image> all = related ? engine.store().images().list_all() : std::vector<Image>{};
    Json list = Json::array();
    for (const Image& image : images) {
        text::RowBuilder summary{18};
        summary.add("Id", image.id);
        if (related)
            summary.add("ParentId", parent_id(engine, image, all));
        summary.add("RepoTags", image.tags());
        if (related)
            summary.add("RepoDigests", image.repo_digests());
        summary.add("Created", unix_seconds(image.created));
        summary.add("Size", image.size);
        if (related) {
            const auto size = sizes.find(image.id);
            const auto containers = users.find(image.id);
            summary.add("SharedSize", size == sizes.end() ? 0 : size->second.shared_bytes);
            summary.add("VirtualSize", image.size);
            summary.add("Labels", image.labels.empty() ? Json() : Json(image.labels));
            summary.add("Containers", containers == users.end() ? 0 : containers->second.size());
        }
        summary.add("ReadOnly", image.is_read_only());
        if (related) {
            summary.add("Dangling", image.names.empty() && !has_children(image, all));
            summary.add("Arch", image.architecture);
        }
        summary.add("Digest", image.digest);
        summary.add("History", image.names);
        if (related) {
            summary.add("IsManifestList", false);
            summary.add("Names", image.names);
            summary.add("Os", image.os);
        }
        list.push_back(summary.take());
    }
    return list;
}

nlohmann::ordered_json make_image_template_view(nlohmann::ordered_json document)
{
    Json& config = document["Config"];
    if (!config.is_object())
        config = Json::object();
    for (const char* text : {"User", "WorkingDir", "StopSignal"})
        if (!config.contains(text))
            config[text] = "";
    for (const char* list : {"Env", "Entrypoint", "Cmd"})
        if (!config.contains(list))
            config[list] = Json::array();
    for (const char* map : {"ExposedPorts", "Volumes", "Labels"})
        if (!config.contains(map))
            config[map] = Json::object();
    return document;
}

nlohmann::ordered_json make_image_document(Engine& engine, const Image& found)
{
    const store::Store& store = engine.store();
    Image image = found;
    image.names = store.images().names_of(image);
    const oci::ImageConfig config = store.images().load_config(image);
    Json layers = Json::array();
    for (const oci::Digest& diff_id : config.diff_ids)
        layers.push_back(diff_id.text());
    const Json labels = config.config.labels.empty() ? Json() : Json(config.config.labels);
    Json document{{"Id", image.id},
                  {"Digest", image.digest},
                  {"RepoTags", image.tags()},
                  {"RepoDigests", image.repo_digests()},
                  {"Parent", parent_id(engine, image, store.images().list_all())},
                  {"Comment", config.comment},
                  {"Created", text::format_rfc3339_nano(image.created)},
                  {"Config", describe_config(config.config)},
                  {"Version", config.docker_version},
                  {"Author", config.author},
                  {"Architecture", image.architecture},
                  {"Os", image.os},
                  {"Size", image.size},
                  {"VirtualSize", image.size},
                  {"GraphDriver", describe_driver(engine, image)},
                  {"RootFS", {{"Type", "layers"}, {"Layers", std::move(layers)}}},
                  {"Labels", labels},
                  {"Annotations", annotations_of(store, image)},
                  {"ManifestType", image.media_type},
                  {"User", config.config.user},
                  {"History", describe_history(config.history)},
                  {"NamesHistory", image.names}};
    if (config.config.healthcheck)
        document["Healthcheck"] = describe_health(*config.config.healthcheck);
    return document;
}

nlohmann::ordered_json inspect_image(Engine& engine, const std::string& text)
{
    return make_image_document(engine, engine.store().images().resolve(text).image);
}

nlohmann::ordered_json make_image_history(Engine& engine, const std::string& text)
{
    const store::Store& store = engine.store();
    Image image = store.images().resolve(text).image;
    image.names = store.images().names_of(image);
    const oci::ImageConfig config = store.images().load_config(image);
    std::vector<oci::HistoryEntry> history = config.history;
    if (history.empty()) // images without one still have layers
        history.resize(image.layers.size());
    const std::vector<Image> all = store.images().list_all();
    Json list = Json::array();
    std::size_t layers = image.layers.size();
    for (std::size_t i = history.size(); i-- > 0;) {
        const oci::HistoryEntry& step = history[i];
        const bool has_layer = !step.empty_layer && layers > 0;
        std::string id = "<missing>";
        if (i + 1 == history.size())
            id = image.id;
        else // built here: the image of that step may still be there
            for (const Image& other : all)
                if (other.id != image.id && other.layers.size() == layers && layers > 0 &&
                    std::equal(other.layers.begin(), other.layers.end(), image.layers.begin()) &&
                    store.images().load_config(other).history.size() == i + 1)
                    id = other.id;
        Json entry{{"id", id}, {"created", step.created.empty() ? "0001-01-01T00:00:00Z" : step.created}};
        if (!step.created_by.empty())
            entry["CreatedBy"] = step.created_by;
        if (i + 1 == history.size() && !image.names.empty())
            entry["tags"] = image.names;
        entry["size"] = has_layer ? store.layers().load(image.layers[layers - 1]).size : 0;
        if (!step.comment.empty())
            entry["comment"] = step.comment;
        list.push_back(std::move(entry));
        layers -= has_layer ? 1 : 0;
    }
    return list;
}

} // namespace skiff::engine
