#include "engine/tag_image.hpp"

#include "base/error.hpp"
#include "engine/image_event.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

oci::Reference full_name(const std::string& name)
{
    const oci::Reference reference = oci::Reference::parse(name);
    return (reference.has_registry() ? reference : reference.in_registry("localhost")).with_default_tag();
}

} // namespace

oci::Reference make_new_name(const std::string& name)
{
    return while_doing(cat("normalizing name ", quoted(name)), [&] {
        oci::Reference reference = full_name(name);
        if (reference.digest)
            throw Error{ErrorKind::Usage, "tag by digest not supported"};
        return reference;
    });
}

void tag_image(Engine& engine, const std::string& image, const std::vector<std::string>& names)
{
    const std::string id = engine.store().images().resolve(image).image.id;
    std::vector<oci::Reference> references;
    for (const std::string& name : names)
        references.push_back(make_new_name(name));
    for (const oci::Reference& reference : references) {
        engine.store().images().tag(id, reference);
        add_image_event(engine.store(), "tag", id, reference.text());
    }
}

void untag_image(Engine& engine, const std::string& image, const std::vector<std::string>& names)
{
    const store::Image found = engine.store().images().resolve(image).image;
    const std::vector<std::string> known = engine.store().images().names_of(found);
    std::vector<std::string> unwanted = names.empty() ? known : std::vector<std::string>{};
    for (const std::string& name : names) {
        // A short name may be one of any registry.
        const auto same = engine.store().images().find(name);
        const std::string text =
            same && same->image.id == found.id && !same->name.empty() ? same->name : full_name(name).text();
        if (std::find(known.begin(), known.end(), text) == known.end())
            throw Error{ErrorKind::NotFound, cat(printable(name), ": tag not known")};
        unwanted.push_back(text);
    }
    for (const std::string& name : unwanted) {
        engine.store().images().untag(found.id, name);
        add_image_event(engine.store(), "untag", found.id, name);
    }
}

} // namespace skiff::engine
