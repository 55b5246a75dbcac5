#include "build/cache_key.hpp"

#include "base/cat.hpp"
#include "base/hash.hpp"

namespace skiff::build {
namespace {

constexpr std::size_t longest_value = 300;
constexpr std::string_view hash_prefix = "sha256:";

bool is_hash(const std::string& value) { return value.starts_with(hash_prefix) && value.size() == hash_prefix.size() + 64; }

} // namespace

CacheKey& CacheKey::add(std::string name, std::string_view value)
{
    inputs_[std::move(name)] = value.size() > longest_value ? cat(hash_prefix, sha256_hex(value)) : std::string{value};
    return *this;
}

std::string CacheKey::hash() const
{
    std::string text = "skiff build step, version 1\n";
    for (const auto& [name, value] : inputs_) // with lengths: no two sets of inputs look alike
        text += cat(name.size(), ":", name, value.size(), ":", value);
    return sha256_hex(text);
}

std::vector<std::string> describe_changes(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& now)
{
    std::vector<std::string> changes;
    for (const auto& [name, value] : now) {
        const auto old = before.find(name);
        if (old == before.end())
            changes.push_back(cat(name, " is new"));
        else if (old->second != value && (is_hash(value) || is_hash(old->second)))
            changes.push_back(cat(name, " changed"));
        else if (old->second != value)
            changes.push_back(cat(name, " changed from ", quoted(old->second), " to ", quoted(value)));
    }
    for (const auto& [name, value] : before)
        if (!now.contains(name))
            changes.push_back(cat(name, " is gone"));
    return changes;
}

std::string describe_changed_files(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& now)
{
    constexpr std::size_t shown = 5;
    std::vector<std::string> changed;
    for (const auto& [path, summary] : now) {
        const auto old = before.find(path);
        if (old == before.end()) {
            changed.push_back(cat(printable(path), " (new)"));
            continue;
        }
        const std::size_t mode = summary.find(' '), old_mode = old->second.find(' ');
        if (old->second == summary || mode == std::string::npos || old_mode == std::string::npos)
            continue;
        if (old->second.substr(old_mode) == summary.substr(mode))
            changed.push_back(cat(printable(path), " (mode ", old->second.substr(0, old_mode), " to ", summary.substr(0, mode), ")"));
        else
            changed.push_back(printable(path));
    }
    for (const auto& [path, summary] : before)
        if (!now.contains(path))
            changed.push_back(cat(printable(path), " (gone)"));
    std::string text;
    for (std::size_t i = 0; i < changed.size() && i < shown; ++i)
        text += (i == 0 ? "" : ", ") + changed[i];
    return changed.size() > shown ? cat(text, ", ", changed.size() - shown, " more") : text;
}

} // namespace skiff::build
