#include "engine/image_event.hpp"

namespace skiff::engine {

void add_image_event(const store::Store& store, const std::string& action, const std::string& id,
                     const std::string& name)
{
    store::Event event;
    event.type = "image";
    event.action = action;
    event.id = id;
    event.name = name;
    store.events().try_add(std::move(event));
}

} // namespace skiff::engine
