#include "archive/layer_stack.hpp"

#include "archive/entry_name.hpp"
#include "archive/whiteout.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace skiff::archive {
namespace {

constexpr int max_links = 40;

/// A directory of the merged tree: the same path in each layer that has a part in it, topmost first.
struct MergedDirectory
{
    std::vector<UniqueFd> parts;
};

struct Found
{
    enum class Kind
    {
        Nothing,
        Directory,
        Link,
        Other
    } kind = Kind::Nothing;
    MergedDirectory directory;
    std::string link_target;
    std::size_t part = 0; ///< Other, Link: which part holds it
};

UniqueFd open_part(int dir, const char* name)
{
    return UniqueFd{::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

Found look_up(const MergedDirectory& directory, const std::string& name)
{
    Found found;
    for (std::size_t i = 0; i < directory.parts.size(); ++i) {
        const int part = directory.parts[i].get();
        struct stat status
        {
        };
        if (::fstatat(part, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT)
                throw Error{errno, cat("looking at ", quoted(name))};
            if (exists_at(part, cat(whiteout_prefix, name)))
                return found;
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            UniqueFd fd = open_part(part, name.c_str());
            if (!fd)
                throw Error{errno, cat("opening ", quoted(name))};
            const bool opaque = is_opaque(fd.get());
            found.kind = Found::Kind::Directory;
            found.directory.parts.push_back(std::move(fd));
            if (opaque)
                return found;
            continue; // what is below joins in
        }
        if (found.kind == Found::Kind::Directory || is_whiteout_device(status))
            return found; // a directory above hides it; or it is gone
        found.part = i;
        found.kind = S_ISLNK(status.st_mode) ? Found::Kind::Link : Found::Kind::Other;
        if (found.kind == Found::Kind::Link)
            found.link_target = read_link_at(part, name);
        return found;
    }
    return found;
}

} // namespace

std::optional<LayerFile> LayerStack::find(const std::vector<std::string_view>& path) const
{
    std::vector<std::string> todo{path.rbegin(), path.rend()};
    std::vector<MergedDirectory> way(1);
    for (const int layer : layers_) {
        UniqueFd root = open_part(layer, ".");
        if (!root)
            throw Error{errno, "opening a layer"};
        way[0].parts.push_back(std::move(root));
    }
    int followed = 0;
    while (!todo.empty()) {
        const std::string name = std::move(todo.back());
        todo.pop_back();
        if (name.empty() || name == ".")
            continue;
        if (name == "..") {
            if (way.size() > 1)
                way.pop_back();
            continue;
        }
        Found found = look_up(way.back(), name);
        if (found.kind == Found::Kind::Nothing)
            return std::nullopt;
        if (todo.empty() && found.kind != Found::Kind::Directory)
            return LayerFile{std::move(way.back().parts[found.part]), name};
        if (found.kind == Found::Kind::Other)
            return std::nullopt;
        if (found.kind == Found::Kind::Link) {
            if (++followed > max_links || todo.size() > max_depth * 16)
                throw Error{ELOOP, cat("following ", quoted(name))};
            std::string_view target = found.link_target;
            if (target.starts_with('/'))
                way.resize(1);
            std::vector<std::string> components;
            while (!target.empty()) {
                const std::size_t slash = target.find('/');
                components.emplace_back(target.substr(0, slash));
                target.remove_prefix(slash == std::string_view::npos ? target.size() : slash + 1);
            }
            todo.insert(todo.end(), components.rbegin(), components.rend());
            continue;
        }
        if (todo.empty()) // a directory
            return std::nullopt;
        way.push_back(std::move(found.directory));
    }
    return std::nullopt;
}

} // namespace skiff::archive
