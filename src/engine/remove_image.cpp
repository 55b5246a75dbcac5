#include "engine/remove_image.hpp"

#include "engine/image_event.hpp"
#include "engine/image_list.hpp"
#include "engine/remove.hpp"
#include "store/build_cache.hpp"
#include "store/garbage.hpp"
#include "store/staging.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

using store::Image;

std::string list_of(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

class Removal
{
  public:
    Removal(Engine& engine, const RemoveImageOptions& options) : engine_{engine}, options_{options} {}

    /// `text` as the user wrote it. One that goes meanwhile is gone, as was wanted.
    void remove(const std::string& text)
    {
        const auto found = engine_.store().images().find(text);
        if (!found) {
            if (!options_.ignore && !options_.force)
                throw Error{ErrorKind::NotFound, cat(printable(text), ": image not known")};
            return;
        }
        Image image = found->image;
        if (image.is_read_only())
            throw Error{ErrorKind::InUse, cat("image ", quoted(text), " lies in the additional image store ",
                                              quoted(image.other_store), ", which is only read: it cannot be removed")};
        image.names = engine_.store().images().names_of(image);
        const bool by_name = std::find(image.names.begin(), image.names.end(), found->name) != image.names.end();
        // With its last name the image itself is meant: if a container uses it, that shall be said.
        if (image.names.size() > 1) {
            if (by_name) {
                engine_.store().images().untag(image.id, found->name);
                add_image_event(engine_.store(), "untag", image.id, found->name);
                removed_.untagged.push_back(found->name);
                return;
            }
            if (!options_.force)
                throw Error{ErrorKind::InUse,
                            cat("unable to delete image \"", image.id, "\" by ", found->name.empty() ? "ID" : "digest",
                                " with more than one tag ([", list_of(image.names), "]): please force removal")};
        }
        remove_whole(image);
    }

    /// With all its names.
    void remove_whole(const Image& image)
    {
        free_from_containers(image.id);
        std::vector<Image> below;
        {
            const store::StoreAlone alone = engine_.store().alone();
            throw_if_used(image.id); // by a container that was made meanwhile
            const std::vector<Image> all = engine_.store().images().list();
            if (const Image* parent = find_parent(engine_.store(), image, all); parent != nullptr && !options_.no_prune)
                below.push_back(*parent);
            if (!engine_.store().images().remove(image.id, alone))
                return;
        }
        for (const std::string& name : image.names)
            removed_.untagged.push_back(name);
        removed_.deleted.push_back(image.id);
        add_image_event(engine_.store(), "remove", image.id, image.names.empty() ? image.id : image.names.front());
        for (const Image& parent : below)
            remove_if_useless(parent);
    }

    RemovedImages finish()
    {
        if (!removed_.deleted.empty()) {
            removed_.bytes = store::collect_garbage(engine_.store(), engine_.store().alone()).bytes;
            store::empty_trash(engine_.store().root());
        }
        return std::move(removed_);
    }
    void add_problem(const Error& error) { removed_.problems.push_back(error); }

  private:
    [[nodiscard]] std::vector<std::string> users_of(const std::string& id) const
    {
        const auto users = store::containers_by_image(engine_.store());
        const auto found = users.find(id);
        return found == users.end() ? std::vector<std::string>{} : found->second;
    }

    void throw_if_used(const std::string& id) const
    {
        if (const auto users = users_of(id); !users.empty())
            throw Error{ErrorKind::InUse,
                        cat("image used by ", users.front(), ": image is in use by a container: consider listing ",
                            "external containers and force-removing image")};
    }

    void free_from_containers(const std::string& id) const
    {
        if (!options_.force)
            return throw_if_used(id);
        RemoveOptions with_force;
        with_force.force = with_force.depend = true;
        with_force.timeout_s = 0;
        for (const std::string& container : users_of(id))
            remove_container(engine_, container, with_force);
    }

    /// A nameless image was kept for the one above it.
    void remove_if_useless(const Image& image)
    {
        const std::vector<Image> all = engine_.store().images().list();
        if (engine_.store().images().names_of(image).empty() && users_of(image.id).empty() && !has_children(image, all))
            remove_whole(image);
    }

    Engine& engine_;
    const RemoveImageOptions& options_;
    RemovedImages removed_;
};

} // namespace

RemovedImages remove_images(Engine& engine, const std::vector<std::string>& names, const RemoveImageOptions& options)
{
    engine.enter_user_namespace(); // layers have files of subordinate ids
    Removal removal{engine, options};
    const auto attempt = [&](const auto& work) {
        try {
            work();
        } catch (const Error& error) {
            removal.add_problem(error);
        }
    };
    for (const std::string& name : names)
        attempt([&] { removal.remove(name); });
    if (options.all) {
        for (const Image& image : engine.store().images().list())
            attempt([&] { removal.remove_whole(image); });
        store::BuildCache{engine.store().root()}.clear(); // whoever wants no image wants none of their steps
    }
    return removal.finish();
}

RemovedImages prune_images(Engine& engine, bool all, const std::vector<Filter>& filters)
{
    engine.enter_user_namespace();
    const RemoveImageOptions options;
    Removal removal{engine, options};
    ImageQuery query;
    query.filters = filters;
    query.all = true;
    const auto users = store::containers_by_image(engine.store());
    if (all && filters.empty())
        store::BuildCache{engine.store().root()}.clear();
    for (const Image& image : list_images(engine, query)) {
        const bool nameless = engine.store().images().names_of(image).empty();
        if (image.is_read_only() || users.contains(image.id) || (!nameless && !all))
            continue;
        if (!all && has_children(image, engine.store().images().list()))
            continue;
        try {
            removal.remove_whole(image);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::InUse) // it has just come into use
                throw;
        }
    }
    return removal.finish();
}

} // namespace skiff::engine
