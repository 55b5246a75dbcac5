#include "frontends/compose/find_files.hpp"

#include "base/error.hpp"
#include "frontends/compose/paths.hpp"

#include <array>

namespace skiff::compose {
namespace {

constexpr std::array<const char*, 4> names{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
constexpr std::array<const char*, 4> override_names{"compose.override.yaml", "compose.override.yml", "docker-compose.override.yml",
                                                    "docker-compose.override.yaml"};

/// git's safe.directory asks the same.
void require_own(const World& world, const std::string& path)
{
    if (const std::string owner = world.stranger_of(path); !owner.empty())
        throw Error{ErrorKind::Failure, cat(printable(path), ", found above this directory, belongs to ", printable(owner), ", not to you")}.with_hint(
            "a compose file may do with your files what it likes; if you trust this one, name it with -f");
}

} // namespace

std::vector<std::string> find_compose_files(const World& world, const std::string& directory, std::vector<std::string>& warnings)
{
    if (directory.empty())
        throw Error{ErrorKind::Failure, "no configuration file provided: not found"}.with_hint("the working directory was removed: name a file with -f");
    for (std::string place = directory;; place = directory_of(place)) {
        std::vector<std::string> found;
        for (const char* name : names)
            if (std::string path = cat(place == "/" ? "" : place, "/", name); world.exists(path))
                found.push_back(std::move(path));
        if (found.size() > 1)
            warnings.push_back(cat("Found multiple config files with supported names: ", found[0], ", ", found[1], "; using ", found[0]));
        if (!found.empty()) {
            std::vector<std::string> files{found[0]};
            for (const char* name : override_names)
                if (std::string path = cat(place == "/" ? "" : place, "/", name); world.exists(path)) {
                    files.push_back(std::move(path));
                    break;
                }
            if (place != directory) {
                for (const std::string& file : files)
                    require_own(world, file);
                if (const std::string file = cat(place == "/" ? "" : place, "/.env"); world.exists(file))
                    require_own(world, file);
            }
            return files;
        }
        if (place == "/" || place.empty() || place == ".")
            throw Error{ErrorKind::Failure, "no configuration file provided: not found"}.with_hint(
                cat("there is no compose.yaml in ", directory, " or above; name one with -f"));
    }
}

} // namespace skiff::compose
