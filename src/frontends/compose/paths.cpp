#include "frontends/compose/paths.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <vector>

namespace skiff::compose {

std::string resolve_path(const std::string& path, const std::string& directory, const std::string& home)
{
    std::string whole = path;
    if (path == "~" || path.starts_with("~/"))
        whole = home + path.substr(1);
    else if (!path.starts_with('/'))
        whole = cat(directory, "/", path);
    std::vector<std::string> names;
    for (std::string& name : components_of(whole)) {
        if (name != "..")
            names.push_back(std::move(name));
        else if (!names.empty())
            names.pop_back();
    }
    std::string clean;
    for (const std::string& name : names)
        clean += cat("/", name);
    return clean.empty() ? "/" : clean;
}

std::string directory_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace skiff::compose
