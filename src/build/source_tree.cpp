#include "build/source_tree.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "build/path_pattern.hpp"
#include "text/glob.hpp"

#include <algorithm>
#include <dirent.h>
#include <optional>

namespace skiff::build {
namespace {

constexpr std::size_t max_depth = 256;

bool is_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[") != std::string_view::npos; }

/// A backslash protects the next character: without wildcards the pattern is a name.
std::string unescaped(std::string_view pattern)
{
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size())
            ++i;
        out += pattern[i];
    }
    return out;
}

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> components;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0)
            components.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return components;
}

std::string join(std::string_view directory, std::string_view name) { return directory.empty() ? std::string{name} : cat(directory, "/", name); }

class Selector
{
  public:
    Selector(const SourceTree& tree, const SourceSelection& selection, const std::function<void(const std::string&)>& warn)
        : tree_(tree), selection_(selection), filter_(tree, selection), warn_(warn)
    {
    }

    std::vector<SelectedSource> select()
    {
        for (const std::string& pattern : selection_.patterns) {
            const std::size_t before = found_.size();
            // "/./" says from where on --parents keeps the path.
            const std::size_t pivot = selection_.parents ? pattern.find("/./") : std::string::npos;
            kept_from_ = pivot == std::string::npos ? 0 : split(clean_relative_path(pattern.substr(0, pivot))).size();
            const std::string cleaned = clean_relative_path(pattern);
            if (!is_wildcard(cleaned)) {
                add_plain(pattern, unescaped(cleaned));
            } else {
                expand("", split(cleaned), 0);
                std::sort(found_.begin() + static_cast<std::ptrdiff_t>(before), found_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
                if (found_.size() == before && selection_.patterns.size() > 1)
                    warn_(cat("no file of ", tree_.name, " matches ", quoted(pattern)));
            }
        }
        if (found_.empty() && !selection_.patterns.empty())
            throw Error{ErrorKind::NotFound, cat("no items matching glob ", quoted(selection_.patterns.front()), " copied (", selection_.patterns.size(), " patterns): no such file or directory")};
        return std::move(found_);
    }

  private:
    void add_plain(const std::string& pattern, const std::string& path)
    {
        const auto fail = [&] {
            Error error{ErrorKind::NotFound, cat("checking on sources under ", tree_.name, ": copier: stat: \"/", path, "\": no such file or directory")};
            const IgnoreRules::Rule* rule = tree_.ignore != nullptr ? tree_.ignore->find_hiding(path) : nullptr;
            if (rule != nullptr)
                error.add_hint(cat(quoted(pattern), " is hidden by ", quoted(rule->text), " in ", tree_.ignore->file(), ":", rule->line));
            else if (pattern.find("..") != std::string::npos)
                error.add_hint("paths are taken from the root of the context and do not leave it");
            throw error;
        };
        std::optional<UniqueFd> fd = find_beneath(tree_.root, path, O_PATH);
        if (!fd)
            fail();
        struct stat status{};
        if (::fstat(fd->get(), &status) != 0)
            throw Error{errno, cat("looking at ", quoted(path))};
        if (!path.empty() && !filter_.wants(path, "") && !(S_ISDIR(status.st_mode) && shows_something(path, path, 0)))
            fail();
        add(path, std::move(*fd), status, false);
    }

    /// Whether an exception shows anything below the hidden `directory` of the source `source`.
    [[nodiscard]] bool shows_something(const std::string& source, const std::string& directory, std::size_t depth) const
    {
        const auto below_source = [&](const std::string& path) { return std::string_view{path}.substr(std::min(path.size(), source.size() + 1)); };
        const std::optional<UniqueFd> dir = find_beneath(tree_.root, directory, O_RDONLY | O_DIRECTORY);
        if (!dir || depth > max_depth || !filter_.may_want_below(directory, below_source(directory)))
            return false;
        for (const DirectoryEntry& entry : list_directory(dir->get())) {
            const std::string path = join(directory, entry.name);
            if (filter_.wants(path, below_source(path)) || (entry.type == DT_DIR && shows_something(source, path, depth + 1)))
                return true;
        }
        return false;
    }

    void add(const std::string& path, UniqueFd fd, const struct stat& status, bool wildcard)
    {
        std::string prefix;
        if (selection_.parents) {
            std::vector<std::string> components = split(path);
            if (!S_ISDIR(status.st_mode) && !components.empty())
                components.pop_back();
            for (std::size_t i = kept_from_; i < components.size(); ++i)
                prefix = join(prefix, components[i]);
        }
        found_.push_back({path, std::move(prefix), status, wildcard, std::move(fd)});
    }

    /// Everything below `directory` that the components from `at` on match.
    void expand(const std::string& directory, const std::vector<std::string>& components, std::size_t at)
    {
        if (split(directory).size() > max_depth)
            throw Error{ErrorKind::Failure, cat("directories of ", tree_.name, " are nested deeper than ", max_depth)};
        const bool is_any_depth = components[at] == "**" && selection_.parents;
        if (is_any_depth && at + 1 < components.size())
            expand(directory, components, at + 1);
        const std::optional<UniqueFd> dir = find_beneath(tree_.root, directory, O_RDONLY | O_DIRECTORY);
        if (!dir)
            return;
        for (const DirectoryEntry& entry : list_directory(dir->get())) {
            const std::string path = join(directory, entry.name);
            if (is_any_depth && entry.type == DT_DIR)
                expand(path, components, at);
            if (!(is_any_depth ? at + 1 == components.size() : text::matches_path(components[at], entry.name)))
                continue;
            if (at + 1 < components.size()) {
                if (!is_any_depth && (entry.type == DT_DIR || entry.type == DT_LNK))
                    expand(path, components, at + 1);
                continue;
            }
            std::optional<UniqueFd> fd = find_beneath(tree_.root, path, O_PATH);
            struct stat status{};
            if (!fd || ::fstat(fd->get(), &status) != 0)
                continue; // a link to nowhere
            if (filter_.wants(path, "") || (S_ISDIR(status.st_mode) && filter_.may_want_below(path, "")))
                add(path, std::move(*fd), status, true);
        }
    }

    const SourceTree& tree_;
    const SourceSelection& selection_;
    SourceFilter filter_;
    const std::function<void(const std::string&)>& warn_;
    std::size_t kept_from_ = 0;
    std::vector<SelectedSource> found_;
};

} // namespace

SourceFilter::SourceFilter(const SourceTree& tree, const SourceSelection& selection)
    : ignore_(tree.ignore != nullptr && !tree.ignore->empty() ? tree.ignore : nullptr), excludes_(IgnoreRules::from_patterns(selection.excludes))
{
}

bool SourceFilter::wants(std::string_view path, std::string_view below_source) const
{
    if (ignore_ != nullptr && !path.empty() && ignore_->find_hiding(path) != nullptr)
        return false;
    if (excludes_.empty())
        return true;
    // Relative to the source: for a file named itself, its name.
    const std::string_view relative = !below_source.empty() ? below_source : path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    return excludes_.find_hiding(relative) == nullptr;
}

bool SourceFilter::may_want_below(std::string_view path, std::string_view below_source) const
{
    if (ignore_ != nullptr && !path.empty() && ignore_->find_hiding(path) != nullptr && !ignore_->may_show_below(path))
        return false;
    return excludes_.empty() || below_source.empty() || excludes_.find_hiding(below_source) == nullptr || excludes_.may_show_below(below_source);
}

std::vector<SelectedSource> select_sources(const SourceTree& tree, const SourceSelection& selection, const std::function<void(const std::string&)>& warn)
{
    return Selector{tree, selection, warn}.select();
}

} // namespace skiff::build
