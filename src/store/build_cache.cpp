#include "store/build_cache.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<CachedStep>)
{
    field("key", &CachedStep::key);
    field("slot", &CachedStep::slot);
    field("inputs", &CachedStep::inputs);
    field("files", &CachedStep::files);
    field("layer", &CachedStep::layer);
    field("diff_id", &CachedStep::diff_id);
    field("tar_size", &CachedStep::tar_size);
    field("created", &CachedStep::created);
}

namespace {

constexpr const char* place = "build-cache";
constexpr const char* steps = "build-cache/steps";

std::string path_of(const std::string& key) { return cat(steps, "/", key, ".json"); }

WallTime time_of(const struct stat& status)
{
    return WallTime{std::chrono::seconds{status.st_mtim.tv_sec} + std::chrono::nanoseconds{status.st_mtim.tv_nsec}};
}

/// Only the time of the file tells the use; once an hour is enough.
void touch(const Root& root, const std::string& path, WallTime last)
{
    if (wall_now() - last > std::chrono::hours{1})
        (void)::utimensat(root.data(), path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

std::optional<CachedStep> find_step(const Root& root, const std::string& key)
{
    try {
        const auto text = find_record(root.data(), path_of(key));
        if (!text)
            return std::nullopt;
        CachedStep step = record::from_text<CachedStep>(*text, "build cache record");
        struct stat status{};
        if (step.key != key || ::fstatat(root.data(), path_of(key).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return std::nullopt;
        step.used = time_of(status);
        return step;
    } catch (const Error& error) {
        log::debug(cat("build cache: ", error.message(), "; ignored"));
        return std::nullopt;
    }
}

} // namespace

std::optional<CachedStep> BuildCache::find(const std::string& key) const
{
    auto step = is_id(key) ? find_step(*root_, key) : std::nullopt;
    if (step)
        touch(*root_, path_of(key), step->used);
    return step;
}

void BuildCache::save(const CachedStep& step) const
{
    try {
        (void)make_directory_at(root_->data(), place);
        (void)make_directory_at(root_->data(), steps);
        root_->save(path_of(step.key), record::to_text(step), Durability::None);
    } catch (const Error& error) {
        log::debug(cat("build cache: ", error.message(), "; ignored"));
    }
}

std::vector<CachedStep> BuildCache::list() const
{
    std::vector<CachedStep> found;
    for (const DirectoryEntry& entry : list_place(root_->data(), steps))
        if (entry.name.ends_with(".json") && is_id(entry.name.substr(0, entry.name.size() - 5)))
            if (auto step = find_step(*root_, entry.name.substr(0, entry.name.size() - 5)))
                found.push_back(std::move(*step));
    return found;
}

std::set<std::string> BuildCache::layers() const
{
    std::set<std::string> layers;
    for (const CachedStep& step : list())
        if (!step.layer.empty())
            layers.insert(step.layer);
    return layers;
}

std::size_t BuildCache::prune(WallTime before) const
{
    struct Used
    {
        WallTime time;
        std::string name;
    };
    std::vector<Used> kept;
    std::size_t removed = 0;
    for (const DirectoryEntry& entry : list_place(root_->data(), steps)) {
        struct stat status{};
        if (::fstatat(root_->data(), cat(steps, "/", entry.name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (time_of(status) < before)
            removed += remove_file_at(root_->data(), cat(steps, "/", entry.name)) ? 1 : 0;
        else
            kept.push_back({time_of(status), entry.name});
    }
    if (kept.size() <= max_steps)
        return removed;
    std::sort(kept.begin(), kept.end(), [](const Used& a, const Used& b) { return a.time < b.time; });
    for (std::size_t i = 0; i + max_steps < kept.size(); ++i)
        removed += remove_file_at(root_->data(), cat(steps, "/", kept[i].name)) ? 1 : 0;
    return removed;
}

std::size_t BuildCache::clear() const
{
    std::size_t removed = 0;
    for (const DirectoryEntry& entry : list_place(root_->data(), steps))
        removed += remove_file_at(root_->data(), cat(steps, "/", entry.name)) ? 1 : 0;
    return removed;
}

std::string BuildCache::directory() const
{
    (void)make_directory_at(root_->data(), place);
    return cat(root_->data_path(), "/", place);
}

} // namespace skiff::store
