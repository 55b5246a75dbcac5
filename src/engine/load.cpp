#include "engine/load.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/image_event.hpp"
#include "engine/pull.hpp"
#include "registry/archive_source.hpp"
#include "registry/download.hpp"
#include "text/address.hpp"

#include <unistd.h>

namespace skiff::engine {
namespace {

std::vector<registry::ArchiveImage> open_input(const std::string& input, Progress& progress)
{
    const auto places = registry::ConfigPlaces::from_environment();
    const registry::TransportOptions transport;
    if (input.empty())
        return registry::list_archive(STDIN_FILENO, "standard input", places, transport);
    if (!text::is_web_address(input))
        return registry::list_archive(input, places, transport);
    progress.say(cat("Downloading from ", quoted(input)));
    const UniqueFd archive = registry::download(input, places, transport);
    return registry::list_archive(archive.get(), input, places, transport);
}

void store_one(Engine& engine, registry::ArchiveImage& found, const std::string& input, std::vector<std::string>& shown,
               Progress& progress)
{
    const registry::ImageDocument document = found.source->resolve(make_platform({}));
    std::vector<std::string> names;
    for (const oci::Reference& name : found.names)
        names.push_back(name.with_default_tag().text());
    const store::Image image = store_image(engine, *found.source, document, names, progress);
    add_image_event(engine.store(), "loadfromarchive", image.id, input.empty() ? "-" : input);
    shown.insert(shown.end(), names.begin(), names.end());
    if (names.empty())
        shown.push_back(cat("sha256:", image.id));
}

} // namespace

std::vector<std::string> load_images(Engine& engine, const std::string& input, Progress& progress)
{
    std::vector<std::string> shown;
    for (registry::ArchiveImage& found : open_input(input, progress))
        store_one(engine, found, input, shown, progress);
    return shown;
}

std::vector<std::string> load_images(Engine& engine, int stream, const std::string& shown, Progress& progress)
{
    std::vector<std::string> names;
    for (registry::ArchiveImage& found :
         registry::list_archive(stream, shown, registry::ConfigPlaces::from_environment(), {}))
        store_one(engine, found, shown, names, progress);
    return names;
}

} // namespace skiff::engine
