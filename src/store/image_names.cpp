#include "store/image_names.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <algorithm>

namespace skiff::store::image_names {
namespace {

/// "/" becomes "+", which no reference contains. Throws on what is no name at all: it would leave the directory.
std::string path_of(const std::string& name)
{
    std::string file = name;
    std::replace(file.begin(), file.end(), '/', '+');
    if (file.empty() || file.front() == '.' || name.find('+') != std::string::npos ||
        file.find('\0') != std::string::npos)
        throw Error{ErrorKind::Failure, cat(quoted(name), " is no name of an image")};
    if (file.size() > 255)
        throw Error{ErrorKind::Failure, cat("the image name ", quoted(name), " is too long: more than 255 bytes")};
    return cat("names/images/", file);
}

/// A new link under another name, before it takes its place, is one that a killed command left unless somebody holds this.
constexpr const char* temporaries_lock = "image-names";

} // namespace

std::optional<std::string> find(int data, const std::string& name)
{
    auto id = find_link_at(data, path_of(name));
    return id && is_id(*id) ? id : std::nullopt;
}

std::map<std::string, std::vector<std::string>> list(int data)
{
    std::map<std::string, std::vector<std::string>> names;
    for (const DirectoryEntry& entry : list_place(data, "names/images")) {
        const auto id =
            entry.name.front() == '.' ? std::nullopt : find_link_at(data, cat("names/images/", entry.name));
        if (!id)
            continue;
        std::string name = entry.name;
        std::replace(name.begin(), name.end(), '+', '/');
        names[*id].push_back(std::move(name));
    }
    for (auto& [id, list] : names)
        std::sort(list.begin(), list.end());
    return names;
}

void set(const Root& root, const std::string& name, const std::string& id)
{
    const std::string path = path_of(name);
    if (::symlinkat(id.c_str(), root.data(), path.c_str()) == 0)
        return;
    if (errno != EEXIST)
        throw Error{errno, cat("naming an image ", quoted(name))};
    const FileLock sweeping = root.lock(temporaries_lock);
    const std::string temporary = cat("names/images/.", random_hex(8));
    if (::symlinkat(id.c_str(), root.data(), temporary.c_str()) != 0)
        throw Error{errno, cat("naming an image ", quoted(name))};
    rename_at(root.data(), temporary, root.data(), path);
}

void sweep(const Root& root)
{
    const FileLock sweeping = root.lock(temporaries_lock);
    for (const DirectoryEntry& entry : list_place(root.data(), "names/images"))
        if (entry.name.starts_with('.'))
            remove_file_at(root.data(), cat("names/images/", entry.name));
}

bool remove(const Root& root, const std::string& name, const std::string& id)
{
    return find(root.data(), name) == id && remove_file_at(root.data(), path_of(name));
}

} // namespace skiff::store::image_names
